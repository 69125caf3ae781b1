// Passkeys: asks the browser for one and sends its answer with the form the button stands in. Without this file, or where
// the browser has none, the codes beside it work.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  return answer(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() || [],
  });
}

async function use(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) },
  });
  return answer(found, {
    authenticatorData: text(found.response.authenticatorData),
    signature: text(found.response.signature),
    userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
  });
}

function answer(credential, more) {
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...more },
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const trouble = button.form.querySelector("[data-trouble]");
  trouble.hidden = true;
  button.disabled = true;
  try {
    if (!window.PublicKeyCredential) throw new Error("no passkeys here");
    const ask = button.dataset.passkey === "make" ? make : use;
    button.form.elements.credential.value = await ask(JSON.parse(button.dataset.options));
    button.form.requestSubmit();
  } catch {
    trouble.hidden = false;
    button.disabled = false;
  }
});
