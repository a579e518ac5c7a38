// While a reading is typed: what it would mean in m³ and euros. Help only; the server judges.
const point = document.documentElement.lang === "en" ? "." : ",";
const shown = (number, digits) => number.toFixed(digits).replace(".", point);
for (const input of document.querySelectorAll("input.drums:not([readonly])")) {
  const said = document.getElementById(`${input.id}-live`);
  const [previous, before, after, price] = ["previous", "before", "after", "price"].map((name) => Number(input.dataset[name]));
  const litres = (typed) => {
    if (/^\d+$/.test(typed) && typed.length === before + after) return Number(typed) * 10 ** (3 - after);
    return /^\d+[.,]\d{1,3}$/.test(typed) ? Math.round(Number(typed.replace(",", ".")) * 1000) : NaN;
  };
  let wait;
  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      const used = litres(input.value.trim()) - previous;
      const cost = price ? `, ${said.dataset.about} ${shown(used * price / 1e8, 2)}\u00a0EUR` : "";
      said.textContent = used >= 0 ? `${said.dataset.words} ${shown(used / 1000, 3)}\u00a0m³${cost}.` : "";
    }, 600);
  });
}
// A large photo is made smaller before it is sent; without this it is sent as it is.
for (const input of document.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file || file.size < 1e6) return;
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) return;
    const canvas = document.createElement("canvas");
    const ratio = Math.min(1, 2000 / Math.max(picture.width, picture.height));
    [canvas.width, canvas.height] = [picture.width * ratio, picture.height * ratio];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      const box = new DataTransfer();
      box.items.add(new File([blob], "foto.jpg", { type: "image/jpeg" }));
      input.files = box.files;
    }, "image/jpeg", 0.85);
  });
}
