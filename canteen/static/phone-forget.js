// Whoever is asked to sign in has signed out, or somebody else begins: today's run goes from this phone.
"use strict";

if ("caches" in window) window.caches.delete("phone-run").catch(() => {});
