// The cash desk: change to give back, and the sum while counting. Help only; the server reckons again.
(() => {
  const cents = (text) => {
    const plain = text.replace(/[\s\u00a0]/g, "").replace(",", ".");
    return /^\d{1,9}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : NaN;
  };
  const eur = (value) => `${Math.floor(value / 100)},${String(value % 100).padStart(2, "0")} EUR`;
  const paying = document.querySelector("form[data-desk]");
  paying?.addEventListener("input", () => {
    const back = cents(paying.elements.given.value) - cents(paying.elements.amount.value);
    document.getElementById("back").textContent = back >= 0 ? eur(back) : "—";
  });
  const counting = document.querySelector("form[data-count]");
  const add = () => {
    let sum = 0;
    for (const field of counting.querySelectorAll("[data-cents]")) {
      sum += Number(field.dataset.cents) * (/^\d{1,6}$/.test(field.value.trim()) ? Number(field.value) : 0);
    }
    document.getElementById("counted").textContent = eur(sum);
  };
  counting?.addEventListener("input", add);
  if (counting) add();
})();
