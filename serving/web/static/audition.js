// Compares sounds of one length: they run together, and the switch chooses which one is heard, without a gap.
// Without this script each sound has the browser's own player.
"use strict";
for (const box of document.querySelectorAll("[data-audition]")) {
  const figures = [...box.querySelectorAll("figure[data-part]")];
  const sounds = figures.map((figure) => figure.querySelector("audio"));
  const play = box.querySelector("button");
  const place = box.querySelector("input[type=range]");
  const clock = box.querySelector("output");
  const parts = [...box.querySelectorAll("input[type=radio]")];
  let context = null, buffers = [], gains = [], sources = [], startedAt = 0, from = 0, chosen = 0;

  const length = () => (buffers.length ? buffers[0].duration : Number(box.dataset.seconds));
  const now = () => (sources.length ? (from + context.currentTime - startedAt) % length() : from);

  function show() {
    const share = now() / length();
    place.value = String(share * Number(place.max));
    clock.textContent = `${now().toFixed(1)} / ${length().toFixed(1)} s`;
    for (const line of box.querySelectorAll("line.cursor")) {
      const x = String(share * Number(box.dataset.width));
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    box.dataset.at = now().toFixed(3);
    if (sources.length) requestAnimationFrame(show);
  }

  function choose(number) {
    chosen = number;
    parts[number].checked = true;
    figures.forEach((figure, at) => figure.classList.toggle("off", at !== number));
    gains.forEach((gain, at) => gain.gain.setTargetAtTime(at === number ? 1 : 0, context.currentTime, 0.005));
    box.dataset.heard = parts[number].value;
  }

  function stop() {
    from = now();
    sources.forEach((source) => source.stop());
    sources = [];
    play.textContent = play.dataset.play;
    box.dataset.state = "stopped";
  }

  function start() {
    startedAt = context.currentTime;
    sources = buffers.map((buffer, at) => {
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      source.connect(gains[at]);
      source.start(startedAt, from);
      return source;
    });
    play.textContent = play.dataset.stop;
    box.dataset.state = "playing";
    show();
  }

  async function load() {
    context = new AudioContext();
    gains = sounds.map((_, at) => new GainNode(context, { gain: at === chosen ? 1 : 0 }));
    gains.forEach((gain) => gain.connect(context.destination));
    buffers = await Promise.all(sounds.map(async (sound) => {
      const answer = await fetch(sound.currentSrc || sound.src);
      if (!answer.ok) throw new Error(`${answer.status}`);
      return context.decodeAudioData(await answer.arrayBuffer());
    }));
  }

  function go(share) {
    const runs = sources.length > 0;
    if (runs) stop();
    from = Math.min(Math.max(share, 0), 0.9999) * length();
    if (runs) start(); else show();
  }

  play.addEventListener("click", async () => {
    if (sources.length) return stop();
    play.disabled = true;
    try {
      if (!buffers.length) await load();
      await context.resume();
      start();
    } catch (error) {
      box.classList.remove("live"); // the browser's own players are left
      clock.textContent = String(error);
    }
    play.disabled = false;
  });
  place.addEventListener("input", () => go(Number(place.value) / Number(place.max)));
  parts.forEach((part, at) => part.addEventListener("change", () => choose(at)));
  figures.forEach((figure, at) => figure.addEventListener("click", (event) => {
    const drawn = event.target.closest("svg");
    if (!drawn || !box.classList.contains("live")) return;
    const { left, width } = drawn.getBoundingClientRect();
    choose(at);
    go((event.clientX - left) / width);
  }));
  box.classList.add("live");
  box.dataset.state = "stopped";
  choose(Math.max(0, parts.findIndex((part) => part.checked)));
  show();
}
