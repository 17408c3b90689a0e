// What scripts add to pages that work without them. The server stays the judge of everything here.
"use strict";

(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);

  // ---- the error summary takes the focus; its links bring label and field into view.
  for (const summary of all("[data-focus]")) {
    summary.tabIndex = -1;
    summary.focus();
    for (const link of all("a[href^='#']", summary)) {
      link.addEventListener("click", (event) => {
        const field = byId(link.hash.slice(1));
        if (!field) return;
        event.preventDefault();
        for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
        (field.closest(".field") || field).scrollIntoView();
        field.focus({ preventScroll: true });
      });
    }
  }

  // ---- a form is sent once; it may be sent again when nothing has come of it.
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.elements) button.removeAttribute("aria-disabled");
  };
  for (const form of all("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      for (const input of all("input[data-shown]", form)) hide(input);
      if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
      setTimeout(release, 8000, form);
    });
  }
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all("form[data-once]").forEach(release);
    all("input[data-shown]").forEach(hide);
  });

  // ---- show and hide a password.
  const revealers = new Map();
  const hide = (input) => {
    input.type = "password";
    delete input.dataset.shown;
    revealers.get(input).textContent = "Afficher";
  };
  for (const button of all("[data-reveal]")) {
    const input = byId(button.dataset.reveal);
    revealers.set(input, button.querySelector("[data-word]"));
    button.hidden = false;
    button.addEventListener("click", () => {
      if (input.dataset.shown) {
        hide(input);
        return;
      }
      input.type = "text";
      input.dataset.shown = "1";
      revealers.get(input).textContent = "Masquer";
    });
  }

  // ---- the password's criteria, as one types; said aloud when typing pauses.
  const criteria = document.querySelector("[data-criteria]");
  if (criteria) {
    const password = byId("password");
    const confirmation = byId("confirmation");
    const announce = document.querySelector("[data-announce]");
    const verdict = (name) => document.querySelector(`[data-verdict="${name}"]`);
    const minimum = Number(criteria.dataset.minimum);
    const rules = {
      length: (text) => Array.from(text).length >= minimum,
      letter: (text) => /\p{L}/u.test(text),
      digit: (text) => /\p{Nd}/u.test(text),
    };
    let pause;
    const judge = () => {
      const text = password.value.normalize("NFC");
      let met = 0;
      for (const item of all("[data-criterion]", criteria)) {
        const good = rules[item.dataset.criterion](text);
        item.classList.toggle("met", good);
        item.querySelector("[data-met]").hidden = !good;
        met += good ? 1 : 0;
      }
      const count = Object.keys(rules).length;
      const same = text !== "" && text === confirmation.value.normalize("NFC");
      verdict("password").hidden = met < count;
      verdict("confirmation").hidden = !same;
      clearTimeout(pause);
      pause = setTimeout(() => {
        const both = confirmation.value ? (same ? ", les deux mots de passe correspondent" : ", les deux mots de passe diffèrent") : "";
        announce.textContent = text ? `${met} critères sur ${count} remplis${both}` : "";
      }, 1000);
    };
    password.addEventListener("input", judge);
    confirmation.addEventListener("input", judge);
    judge();
  }

  // ---- a SIRET in groups, as people read it: 3 3 3 5. Never while the caret is inside.
  const siret = byId("siret");
  if (siret) {
    const group = () => {
      const digits = siret.value.replace(/[\s.\u00a0\u202f-]/g, "");
      if (!/^\d{0,14}$/.test(digits)) return;
      const parts = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 9), digits.slice(9)];
      siret.value = parts.filter(Boolean).join(" ");
    };
    siret.addEventListener("input", (event) => {
      const typing = !event.inputType || event.inputType.startsWith("insert");
      if (typing && siret.selectionStart === siret.value.length) group();
    });
    siret.addEventListener("blur", group);
  }

  // ---- « vérification en cours » goes on by itself: ever more patiently, for as long as the page is open.
  const followed = document.querySelector("[data-follow]");
  if (followed) {
    let wait = 1000;
    const look = async () => {
      try {
        const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store" });
        if (answer.type === "opaqueredirect") {
          location.assign(followed.dataset.follow);
          return;
        }
        if (answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const fresh = page.querySelector("[data-follow]");
          if (fresh && fresh.textContent.trim() !== followed.textContent.trim()) {
            followed.replaceChildren(...fresh.childNodes);
          }
        }
      } catch {
        // The network will be back; the page says nothing it does not know.
      }
      wait = Math.min(wait * 1.5, 10000);
      setTimeout(look, wait);
    };
    setTimeout(look, wait);
  }
})();
