"""Writes bank statements for tests: what a bank would send, knowing nothing of how they are read."""

from dataclasses import dataclass, field
from io import BytesIO
from xml.sax.saxutils import escape

IBAN = "LV22PARA0000123456789"
ANNA, KARLIS = "LV80BANK0000435195001", "LV97HABA0012345678910"


def euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def side(cents: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if cents < 0 else 'CRDT'}</CdtDbtInd>"


@dataclass
class Pay:
    """One entry; ``parts`` makes it a batch."""

    cents: int
    text: str = ""
    ref: str = ""
    party: str = "ANNA OZOLA"
    iban: str = ANNA
    structured: str = ""
    e2e: str = ""
    day: str = ""
    status: str = "BOOK"
    reversal: bool = False
    parts: list["Pay"] = field(default_factory=list)

    def xml(self, day: str) -> str:
        day = self.day or day
        details = "".join(part.detail(amount=True) for part in self.parts) or self.detail()
        return (
            f'<Ntry><Amt Ccy="EUR">{euros(self.cents)}</Amt>{side(self.cents)}'
            + ("<RvslInd>true</RvslInd>" if self.reversal else "")
            + f"<Sts>{self.status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
            + (f"<AcctSvcrRef>{self.ref}</AcctSvcrRef>" if self.ref else "")
            + f"<NtryDtls>{details}</NtryDtls></Ntry>"
        )

    def detail(self, amount: bool = False) -> str:
        who = "Cdtr" if self.cents < 0 else "Dbtr"
        sum_of = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{euros(self.cents)}</Amt></TxAmt></AmtDtls>' if amount else ""
        strd = f"<Strd><CdtrRefInf><Ref>{self.structured}</Ref></CdtrRefInf></Strd>" if self.structured else ""
        return (
            f"<TxDtls><Refs><EndToEndId>{self.e2e or 'NOTPROVIDED'}</EndToEndId></Refs>{sum_of}<RltdPties>"
            f"<{who}><Nm>{escape(self.party)}</Nm></{who}>"
            f"<{who}Acct><Id><IBAN>{self.iban}</IBAN></Id></{who}Acct></RltdPties>"
            f"<RmtInf>{strd}<Ustrd>{escape(self.text)}</Ustrd></RmtInf></TxDtls>"
        )


def statement(
    day: str, *pays: Pay, opening: int = 0, off: int = 0, account: str = IBAN, currency: str = "EUR", to: str = ""
) -> str:
    closing = opening + sum(pay.cents for pay in pays if pay.status == "BOOK") + off
    to = to or day
    return (
        f"<Stmt><Id>S-{day}-{opening}</Id><CreDtTm>{to}T20:00:00</CreDtTm>"
        f"<FrToDt><FrDtTm>{day}T00:00:00</FrDtTm><ToDtTm>{to}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        + "".join(
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{euros(cents)}</Amt>'
            f"{side(cents)}<Dt><Dt>{on}</Dt></Dt></Bal>"
            for code, cents, on in (("OPBD", opening, day), ("CLBD", closing, to))
        )
        + "".join(pay.xml(day) for pay in pays)
        + "</Stmt>"
    )


def message(*statements: str, version: str = "02", container: str = "BkToCstmrStmt", kind: str = "053") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.'
        f'{version}"><{container}><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-20T20:00:00</CreDtTm></GrpHdr>'
        f"{''.join(statements)}</{container}></Document>"
    ).encode()


def camt(day: str, *pays: Pay, **facts) -> bytes:
    return message(statement(day, *pays, **facts))


def file(data: bytes) -> BytesIO:
    return BytesIO(data)
