// Passkeys: the device's own ceremony for a form that carries its options. Without it the code remains.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const opened = (options) => {
    const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
    for (const list of ["excludeCredentials", "allowCredentials"])
      if (key[list]) key[list] = key[list].map((one) => ({ ...one, id: bytes(one.id) }));
    if (key.user) {
      key.user = { ...key.user, id: bytes(key.user.id) };
      key.authenticatorSelection = { ...key.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    }
    return { publicKey: key };
  };
  const closed = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults() };
  };
  const options = async (form) => form.dataset.options ? JSON.parse(form.dataset.options)
    : (await (await fetch(form.action, { headers: { Accept: "application/json" } })).json()).request_options;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button[type=button]");
    if (!window.PublicKeyCredential) continue;
    button.disabled = false;
    button.addEventListener("click", async () => {
      try {
        const credential = await navigator.credentials[form.dataset.passkey](opened(await options(form)));
        form.elements.credential.value = JSON.stringify(closed(credential));
        form.submit();
      } catch {
        form.querySelector("[role=alert]").textContent = form.dataset.failed;
      }
    });
  }
})();
