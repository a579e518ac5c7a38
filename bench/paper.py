"""P6 and P7: an invoice's PDF beside the raw engine and WeasyPrint, and its structured invoice.

    python bench/paper.py [INVOICES]

The raw engine compiles the same page from words made before; WeasyPrint (in ``.venv-bench``, where
installed) prints a page of the same content as PDF/A-3u, without the tags that ours carries.
"""

import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from tools import cpu_of, in_turn, start, tell

PEERS = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"


def issued(count: int) -> list[object]:
    """Return invoices of a small utility, billed through the actions."""
    from avots.billing import actions
    from avots.billing.models import BuildingRun, Invoice, Run
    from avots.core.audit import By
    from bench.population import Population

    round_ = Population(count, 3).write()
    one, two = By("staff", 1), By("staff", 2)
    now = round_.complete_at + timedelta(hours=9)
    run = actions.open_run(round_, now=now, by=one)
    for place in BuildingRun.objects.filter(run=run).select_related("run__round", "building"):
        actions.compute(place, now=now)
    actions.ask_approval(Run.objects.get(pk=run.pk), issue_on=date(2026, 11, 11), now=now, by=one)
    actions.approve(Run.objects.get(pk=run.pk), now=now, by=two)
    for place in BuildingRun.objects.filter(run=run).select_related("run__round", "building"):
        actions.issue(place, now=now)
    return list(Invoice.objects.filter(state="issued").select_related("account__party")[:count])


def main(count: int) -> None:
    start()
    from avots.billing import pdf, ubl
    from avots.core.dates import at_local
    from avots.ui import paper

    invoices = issued(count)
    template = pdf.TEMPLATES[max(pdf.TEMPLATES)]
    ready = [(pdf.view(one) | {"split": 0}, ubl.xml_of(one)) for one in invoices]
    at = at_local(date(2026, 11, 11), 12)
    pdf.render(invoices[0])

    def ours() -> None:
        for one in invoices:
            pdf.render(one)

    def raw() -> None:
        for facts, xml in ready:
            paper.render(template, facts, at=at, attachments=[paper.Attachment("x.xml", xml, "application/xml", "x")])

    mine, engine = (seconds * 1e3 / len(invoices) for seconds in in_turn(3, ours, raw))
    tell("P6_pdf", mine, "ms CPU", 1.5 / (mine / engine), f"raw engine {engine:.1f} ms; goal 1.5 times it")
    xml = cpu_of(lambda: [ubl.xml_of(one) for one in invoices]) * 1e3 / len(invoices)
    tell("P7_einvoice_built", xml, "ms CPU", 0.5 / xml, "goal 0.5 ms")
    if PEERS.exists():
        with tempfile.NamedTemporaryFile("w", suffix=".html") as page:
            page.write(html_of(ready[0][0]))
            page.flush()
            command = [str(PEERS), str(Path(__file__).with_name("peers") / "weasy.py"), page.name, "5"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode == 0:
            peer = float(done.stdout)
            tell(
                "P6_beside_weasyprint",
                peer / mine,
                "times cheaper",
                peer / mine / 8,
                f"WeasyPrint {peer:.0f} ms; floor 8",
            )


def html_of(facts: dict[str, object]) -> str:
    """Return the same words and figures as a plain page for the peer."""
    rows = "".join(f"<tr><td>{row}</td></tr>" for key in ("meters", "lines", "notes") for row in facts[key])  # type: ignore[attr-defined]
    return (
        f'<html lang="lv"><head><title>{facts["title"]}</title><style>body{{font:10pt sans-serif}}</style></head>'
        f"<body><h1>{facts['title']}</h1><p>{facts['buyer']}</p><p>{facts['pay']}</p><table>{rows}</table>"
        f"<p>{facts['totals']}</p><p>{facts['house']}</p></body></html>"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
