// The volunteer's phone without a signal. Of pages only today's run is kept, until the canteen's day ends or somebody
// signs out; of files those the page needs, by their content: VERSION and FILES stand in front of this text when it is
// served (deliveries/phone_views.py), so that a changed file makes another worker and the browser takes it.
"use strict";

/* global VERSION, FILES */
const FILES_KEPT = `phone-files-${VERSION}`;
const RUN_KEPT = "phone-run";
const RUN = "/deliveries/run";
const PATIENCE = 8000;
const NONE = `<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>送餐</title><h1>没有信号</h1><p>手机里没有今天的送餐单。请到有信号的地方再打开,或向站点要一张路线单。</p>
<p lang="en">No signal, and today's run is not on this phone. Open it again where there is a signal, or ask for a sheet.</p>`;

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(FILES_KEPT).then((kept) => kept.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("phone-files-") && name !== FILES_KEPT;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === RUN) event.respondWith(run(event.request));
  else if (FILES.includes(pathname)) event.respondWith(file(event.request, pathname));
});

async function run(request) {
  let answer;
  try {
    answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return kept();
  }
  if (answer.status >= 500) return (await caches.has(RUN_KEPT)) ? kept() : answer;
  if (answer.ok) await keep(answer.clone());
  else await caches.delete(RUN_KEPT); // signed out (a redirect), or no volunteer any more
  return answer;
}

// The day ends by the server's clock; the time until then is counted on the phone's, whatever it says.
async function keep(answer) {
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-Until", String(Date.now() + 1000 * Number(headers.get("X-Kept-Seconds"))));
  headers.set("Server-Timing", "kept");
  const store = await caches.open(RUN_KEPT);
  await store.put(RUN, new Response(await answer.blob(), { headers }));
}

async function kept() {
  const store = await caches.open(RUN_KEPT);
  const found = await store.match(RUN);
  const left = found ? Number(found.headers.get("X-Kept-Until")) - Date.now() : 0;
  if (found && left > 0 && left <= 86400000) return found;
  await caches.delete(RUN_KEPT);
  return new Response(NONE, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

// From the server where there is one: a page of a newer program may need newer files than those kept here.
async function file(request, pathname) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) return answer;
  } catch {
    // no signal: the kept one
  }
  const store = await caches.open(FILES_KEPT);
  return (await store.match(pathname)) || Response.error();
}
