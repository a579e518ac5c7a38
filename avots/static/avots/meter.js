// While a reading is typed: what it would mean in m³. Help only; the server judges.
for (const input of document.querySelectorAll("input.drums")) {
  const said = document.getElementById(`${input.id}-live`);
  let wait;
  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      const typed = input.value.trim();
      const digits = Number(input.dataset.digits);
      const litres = /^\d+$/.test(typed) && typed.length === digits ? Number(typed)
        : /^\d+[.,]\d{1,3}$/.test(typed) ? Math.round(Number(typed.replace(",", ".")) * 1000) : NaN;
      const used = litres - Number(input.dataset.previous);
      said.textContent = used >= 0 ? `${said.dataset.words} ${(used / 1000).toFixed(3).replace(".", ",")} m³` : "";
    }, 600);
  });
}
