"use strict";
// Everything that people wrote is set as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const latents = data.latents, atoms = data.atoms, examples = data.examples;
  const [one, many] = data.noun;
  const PAGE = 1024;
  const byId = (id) => document.getElementById(id);
  const grid = byId("grid"), card = byId("card");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 1000px)");

  function make(tag, words, more) {
    const found = document.createElement(tag);
    if (words) found.textContent = words;
    Object.assign(found, more || {});
    return found;
  }

  function number(value) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    const text = size >= 1000 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(3)).toString();
    return text.replace("-", "\u2212");
  }

  function percent(share) {
    const value = 100 * share;
    return (value >= 10 || value === 0 ? value.toFixed(0) : Number(value.toPrecision(2)).toString()) + " %";
  }

  const note = (latent) => latents.notes[latent] || [0, ""];
  const named = (latent) => "#" + latent + (note(latent)[1] ? " " + note(latent)[1] : "") + (note(latent)[0] ? " \u2605" : "");

  // -- pictures ------------------------------------------------------------------------------------------------------

  // Of a large picture an address in place of its text, which every element would have to carry.
  function address(src) {
    const letters = atob(src.slice(src.indexOf(",") + 1)), found = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) found[at] = letters.charCodeAt(at);
    return URL.createObjectURL(new Blob([found], {type: "image/png"}));
  }

  const read = new Map();

  function load(sheet) {
    if (!sheet) return Promise.resolve(null);
    if (!read.has(sheet.src)) {
      const image = new Image();
      read.set(sheet.src, new Promise((done) => { image.onload = () => done(image); image.src = address(sheet.src); }));
    }
    return read.get(sheet.src);
  }

  const bytes = new Map();

  // The pixels of one picture of a sheet of weights.
  async function cut(sheet, place) {
    const image = await load(sheet);
    if (!bytes.has(sheet)) {
      const canvas = make("canvas", "", {width: image.naturalWidth, height: image.naturalHeight});
      const context = canvas.getContext("2d", {willReadFrequently: true});
      context.drawImage(image, 0, 0);
      bytes.set(sheet, context);
    }
    const x = (place % sheet.columns) * sheet.width, y = Math.floor(place / sheet.columns) * sheet.height;
    return bytes.get(sheet).getImageData(x, y, sheet.width, sheet.height);
  }

  function colours() {
    const hex = atoms.palettes[dark.matches ? "dark" : "light"];
    return Array.from({length: 255}, (_, at) => [0, 2, 4].map((c) => parseInt(hex.substr(6 * at + c, 2), 16)));
  }

  let palette = colours();

  function plain(side) { return side === "average" ? atoms.average : atoms[side]; }

  const PLOT = {width: 240, height: 160};

  // A latent's weights on a canvas: a picture, or the line of a vector.
  async function paint(canvas, side, latent) {
    const sheet = plain(side), line = atoms.plots && side !== "average";
    // Before the numbers are there, so that nothing around it moves when they are.
    canvas.width = line ? PLOT.width : sheet.width;
    canvas.height = line ? PLOT.height : sheet.height;
    const pixels = await cut(sheet, latent);
    if (line) { plot(canvas, pixels.data, sheet.width); return; }
    if (!sheet.colour && side !== "average") {
      for (let at = 0; at < pixels.data.length; at += 4) {
        const colour = palette[Math.max(1, pixels.data[at]) - 1];
        pixels.data[at] = colour[0]; pixels.data[at + 1] = colour[1]; pixels.data[at + 2] = colour[2];
      }
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  function plot(canvas, values, count) {
    const {width, height} = PLOT;
    const style = getComputedStyle(document.body), context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.strokeStyle = style.getPropertyValue("--line");
    context.beginPath(); context.moveTo(0, height / 2); context.lineTo(width, height / 2); context.stroke();
    context.strokeStyle = style.getPropertyValue("--bar");
    context.lineWidth = 1.5;
    context.beginPath();
    for (let at = 0; at < count; at++) {
      context.lineTo(width * (at + 0.5) / count, height / 2 - 0.475 * height * (values[4 * at] - 128) / 127);
    }
    context.stroke();
  }

  // -- what is shown, in which order ---------------------------------------------------------------------------------

  const sorts = {
    density: ["Density", latents.density],
    maximum: ["Maximum", latents.maximum],
    mean: ["Mean activation", latents.mean],
    purity: ["Purity", latents.purity],
    cosine: ["Encoder\u2013decoder cosine", latents.cosine],
    norm: ["Decoder norm", latents.norm],
    index: ["Index", Array.from({length: latents.count}, (_, at) => -at)],
  };
  for (const [name, [title, values]] of Object.entries(sorts)) {
    if (values) byId("sort").append(make("option", title, {value: name}));
  }
  const sides = atoms.average ? {average: "Average " + one} : {};
  Object.assign(sides, atoms.texts ? {texts: "Words"} : {}, {decoder: "Decoder", encoder: "Encoder"});
  for (const [name, title] of Object.entries(sides)) byId("side").append(make("option", title, {value: name}));
  byId("starred-label").hidden = !Object.values(latents.notes).some((one) => one[0]);

  const classes = latents.classes || null;
  const strongest = (latent) => latents.profile && !latents.dead[latent] ? classes[latents.profile[0][latent][0]] : "";

  function matches(latent, words) {
    if (!words) return true;
    const wanted = words.toLowerCase();
    const digits = wanted.replace(/^#/, "").trim();
    if (/^\d+$/.test(digits)) return String(latent) === digits || note(latent)[1].toLowerCase().includes(wanted);
    const texts = atoms.texts ? atoms.texts[latent].join(" ") : "";
    return [note(latent)[1], strongest(latent), texts].some((text) => text.toLowerCase().includes(wanted));
  }

  let order = [], shown = 0, selected = null, hovered = null;

  function sorted() {
    const values = sorts[byId("sort").value][1], words = byId("search").value.trim();
    const found = [];
    for (let latent = 0; latent < latents.count; latent++) {
      if (byId("hide-dead").checked && latents.dead[latent]) continue;
      if (byId("starred").checked && !note(latent)[0]) continue;
      if (matches(latent, words)) found.push(latent);
    }
    return found.sort((a, b) => latents.dead[a] - latents.dead[b] || values[b] - values[a] || a - b);
  }

  function tile(latent) {
    const side = byId("side").value;
    const found = make("button", "", {type: "button", className: latents.dead[latent] ? "tile dead" : "tile", tabIndex: -1});
    found.id = "tile-" + latent;
    found.dataset.latent = latent;
    found.setAttribute("role", "option");
    found.setAttribute("aria-selected", String(latent === selected));
    const state = latents.dead[latent] ? "dead" : "density " + percent(latents.density[latent]);
    found.setAttribute("aria-label", "Latent " + named(latent) + ", " + state);
    found.title = named(latent) + " \u00b7 " + state + (strongest(latent) ? " \u00b7 " + strongest(latent) : "");
    if (side === "texts") {
      const words = make("span", "", {className: "words"});
      for (const text of atoms.texts[latent].filter(Boolean)) words.append(make("span", text));
      found.append(words);
    } else {
      const canvas = make("canvas");
      found.append(canvas);
      paint(canvas, side, latent);
    }
    found.append(make("span", named(latent), {className: "name"}));
    return found;
  }

  function grow() {
    const some = document.createDocumentFragment(), end = Math.min(order.length, shown + PAGE);
    for (; shown < end; shown++) some.append(tile(order[shown]));
    grid.append(some);
    const left = order.length - shown;
    byId("more").hidden = !left;
    byId("more").textContent = "Show " + Math.min(left, PAGE).toLocaleString("en") + " more";
  }

  function arrange() {
    const side = byId("side").value, size = Number(byId("size").value);
    grid.style.setProperty("--cell", size + "px");
    byId("size").parentElement.hidden = side === "texts";
    grid.classList.toggle("texts", side === "texts");
    grid.classList.toggle("small", side !== "texts" && size < 44);
    order = sorted();
    shown = 0;
    grid.replaceChildren();
    grow();
    const dead = latents.dead.reduce((sum, each) => sum + each, 0);
    const all = latents.count.toLocaleString("en") + " latents, " + dead.toLocaleString("en") + " dead " + data.dead_where;
    byId("count").textContent = order.length === latents.count ? all : order.length.toLocaleString("en") + " of " + all;
    const first = grid.querySelector('[aria-selected="true"]') || grid.firstElementChild;
    if (first) first.tabIndex = 0;
    legend(side);
  }

  function legend(side) {
    const found = byId("legend");
    found.replaceChildren();
    if (side === "texts" || side === "average") { found.append(make("span", atoms.words || "the largest numbers of each atom")); return; }
    const limit = atoms[side].limit;
    if (atoms.plots) { found.append(make("span", "Plots reach from " + number(-limit) + " to " + number(limit) + "; " + atoms.note + ".")); return; }
    const ramp = make("span", "", {className: "ramp"});
    const stops = atoms[side].colour ? ["#000", "#fff"] : palette.filter((_, at) => at % 2 === 0).map((c) => "rgb(" + c + ")");
    ramp.style.background = "linear-gradient(90deg," + stops + ")";
    found.append(make("span", number(-limit)), ramp, make("span", number(limit)));
    found.append(make("span", side + " weight w; " + (atoms[side].colour ? "in each channel mid grey is zero; " : "") + atoms.note));
  }

  // -- the card of a latent ------------------------------------------------------------------------------------------

  function heading(words) { card.append(make("h3", words)); }

  function numbers(latent) {
    const list = make("dl", "", {className: "numbers"});
    const add = (name, value) => list.append(make("dt", name), make("dd", value));
    add("density", percent(latents.density[latent]));
    if (latents.maximum) add("maximum", number(latents.maximum[latent]));
    if (latents.mean) add("mean", number(latents.mean[latent]));
    if (latents.purity) add("purity", percent(latents.purity[latent]));
    add("enc\u2013dec cosine", number(latents.cosine[latent]));
    add("norm", number(latents.norm[latent]));
    card.append(list);
  }

  function bars(rows, signed) {
    const box = make("div", "", {className: "bars"});
    const most = Math.max(...rows.map((row) => Math.abs(row[1])), 1e-12);
    for (const [name, value] of rows) {
      const track = make("span", "", {className: "track"}), bar = make("i"), share = 100 * Math.abs(value) / most;
      if (signed) {
        bar.style.width = share / 2 + "%";
        bar.style.left = (value < 0 ? 50 - share / 2 : 50) + "%";
        const zero = make("b");
        zero.style.left = "50%";
        track.append(zero);
      } else bar.style.width = share + "%";
      track.append(bar);
      box.append(make("span", name, {className: "name", title: name}), track, make("span", number(value), {className: "value"}));
    }
    card.append(box);
  }

  function histogram(latent) {
    const counts = latents.histogram[latent], edges = latents.edges, most = Math.max(...counts);
    if (!most) return;
    heading("Activations on " + Math.round(latents.density[latent] * latents.inputs).toLocaleString("en") + " of " + latents.inputs.toLocaleString("en") + " training " + many);
    const svgns = "http://www.w3.org/2000/svg", svg = document.createElementNS(svgns, "svg");
    const add = (tag, values, words) => {
      const found = document.createElementNS(svgns, tag);
      for (const [name, value] of Object.entries(values)) found.setAttribute(name, value);
      if (words) found.textContent = words;
      svg.append(found);
    };
    svg.setAttribute("viewBox", "0 0 360 96");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "Histogram of activations from " + number(edges[0]) + " to " + number(edges[edges.length - 1]) + ", logarithmic");
    const width = 360 / counts.length;
    counts.forEach((count, at) => {
      const height = 76 * count / most;
      if (count) add("rect", {x: at * width + 0.5, y: 78 - height, width: width - 1, height});
    });
    add("line", {x1: 0, x2: 360, y1: 78.5, y2: 78.5});
    add("text", {x: 0, y: 92}, number(edges[0]));
    add("text", {x: 180, y: 92, "text-anchor": "middle"}, "activation z (logarithmic)");
    add("text", {x: 360, y: 92, "text-anchor": "end"}, number(edges[edges.length - 1]));
    card.append(svg);
  }

  function pictureOf(sheet, place, side) {
    const scale = side / Math.max(sheet.width, sheet.height), found = make("span", "", {className: "picture"});
    const x = (place % sheet.columns) * sheet.width, y = Math.floor(place / sheet.columns) * sheet.height;
    const rows = Math.ceil(sheet.count / sheet.columns);
    Object.assign(found.style, {
      width: sheet.width * scale + "px", height: sheet.height * scale + "px",
      backgroundImage: "var(--examples)",
      backgroundSize: sheet.columns * sheet.width * scale + "px " + rows * sheet.height * scale + "px",
      backgroundPosition: -x * scale + "px " + -y * scale + "px",
    });
    return found;
  }

  function strongestInputs(latent) {
    const places = examples.top[latent];
    if (!places.length) return;
    heading("The " + places.length + " training " + (places.length === 1 ? one : many) + " that activate it most");
    const box = make("div", "", {className: examples.sheet ? "examples" : "examples list"});
    places.forEach((place, at) => {
      const z = number(examples.z[latent][at]), label = examples.labels && classes ? classes[examples.labels[place]] : "";
      const row = "training " + one + " " + examples.rows[place].toLocaleString("en");
      if (examples.sheet) {
        const figure = make("figure", "", {title: row + (label ? ", " + label : "") + ", z " + z});
        const picture = pictureOf(examples.sheet, place, 56);
        picture.setAttribute("role", "img");
        picture.setAttribute("aria-label", figure.title);
        figure.append(picture, make("figcaption", (label ? label + " \u00b7 " : "") + z));
        box.append(figure);
      } else {
        const line = make("div");
        line.append(make("span", examples.texts ? examples.texts[place] : row), make("span", label, {className: "muted"}), make("span", z, {className: "muted"}));
        box.append(line);
      }
    });
    card.append(box);
  }

  function alike(latent) {
    const box = make("div", "", {className: "near"});
    latents.near[0][latent].forEach((other, at) => {
      const found = make("button", "", {type: "button", title: named(other)});
      if (!atoms.texts || atoms.average) {
        const canvas = make("canvas");
        paint(canvas, atoms.average ? "average" : "decoder", other);
        found.append(canvas);
      }
      found.append(make("div", "#" + other), make("div", number(latents.near[1][latent][at])));
      found.addEventListener("click", () => select(other));
      box.append(found);
    });
    heading("Decoders most alike, by cosine");
    card.append(box);
  }

  function show(latent) {
    card.replaceChildren();
    card.classList.toggle("empty", latent === null);
    if (latent === null) { card.append(make("p", "Point at a latent to look at it; click to keep it here.", {className: "muted"})); return; }
    const top = make("div", "", {className: "top"});
    top.append(make("span", named(latent), {className: "title"}));
    if (latent === selected) {
      for (const [words, label, step] of [["\u2039", "Previous latent", -1], ["\u203a", "Next latent", 1]]) {
        const button = make("button", words, {type: "button"});
        button.setAttribute("aria-label", label);
        button.addEventListener("click", () => { const at = order.indexOf(selected) + step; if (order[at] !== undefined) select(order[at]); });
        top.append(button);
      }
      const close = make("button", "\u2715", {type: "button"});
      close.setAttribute("aria-label", "Close");
      close.addEventListener("click", () => select(null));
      top.append(close);
    }
    card.append(top);
    if (latents.dead[latent]) card.append(make("p", "Dead " + data.dead_where + "."));
    const pair = make("div", "", {className: "pair"});
    for (const side of atoms.average ? ["average", "decoder", "encoder"] : ["decoder", "encoder"]) {
      if (side === "average" && latents.dead[latent]) continue;
      const box = make("div"), frame = make("div", "", {className: "frame"}), canvas = make("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", side + " of latent " + latent);
      frame.append(canvas);
      box.append(make("h3", side === "average" ? "average " + one : side), frame);
      pair.append(box);
      paint(canvas, side, latent);
    }
    card.append(pair);
    if (atoms.texts && atoms.texts[latent].some(Boolean) && !atoms.axes) {
      heading(atoms.words || "Largest numbers of its atom");
      card.append(make("p", atoms.texts[latent].join(" \u00b7 ")));
    }
    if (atoms.axes) {
      heading("Atom");
      bars(atoms.axes.names.map((name, at) => [name, atoms.axes.decoder[latent][at]]), true);
    }
    numbers(latent);
    if (latents.histogram) histogram(latent);
    if (latents.profile && !latents.dead[latent]) {
      heading("Mean activation by class, strongest first");
      bars(latents.profile[0][latent].map((place, at) => [classes[place], latents.profile[1][latent][at]]).filter((row) => row[1] > 0));
    }
    if (examples) strongestInputs(latent);
    if (latents.near) alike(latent);
    card.scrollTop = 0;
  }

  function select(latent) {
    const before = selected;
    selected = latent;
    for (const each of [before, latent]) {
      const found = each === null ? null : byId("tile-" + each);
      if (found) found.setAttribute("aria-selected", String(each === latent));
    }
    if (latent !== null) {
      const place = order.indexOf(latent);
      while (place >= shown) grow();
      focusTile(byId("tile-" + latent), false);
    }
    history.replaceState(null, "", latent === null ? "#dictionary" : "#latent-" + latent);
    show(latent);
  }

  function focusTile(found, move) {
    if (!found) return;
    for (const old of grid.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
    found.tabIndex = 0;
    if (move) found.focus();
  }

  // -- the hand and the keys -----------------------------------------------------------------------------------------

  const latentAt = (event) => { const found = event.target.closest(".tile"); return found ? Number(found.dataset.latent) : null; };
  grid.addEventListener("click", (event) => { const latent = latentAt(event); if (latent !== null) select(latent); });
  grid.addEventListener("pointerover", (event) => {
    const latent = latentAt(event);
    if (narrow.matches || event.pointerType !== "mouse" || latent === null || latent === hovered) return;
    hovered = latent;
    show(latent);
  });
  grid.addEventListener("pointerleave", () => { if (hovered !== null) { hovered = null; show(selected); } });
  grid.addEventListener("keydown", (event) => {
    const here = document.activeElement.closest(".tile");
    if (!here) return;
    const tiles = [...grid.children], at = tiles.indexOf(here);
    const across = tiles.filter((each) => each.offsetTop === tiles[0].offsetTop).length;
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, PageUp: -5 * across, PageDown: 5 * across}[event.key];
    let to = at;
    if (step) to = Math.max(0, Math.min(tiles.length - 1, at + step));
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = tiles.length - 1;
    else return;
    event.preventDefault();
    focusTile(tiles[to], true);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search]");
    if (event.key === "/" && !typing) { event.preventDefault(); byId("search").focus(); }
    else if (event.key === "Escape" && typing && byId("search").value) { byId("search").value = ""; arrange(); }
    else if (event.key === "Escape" && selected !== null) select(null);
  });
  for (const name of ["sort", "side", "hide-dead", "starred"]) byId(name).addEventListener("change", arrange);
  byId("search").addEventListener("input", arrange);
  byId("size").addEventListener("input", () => {
    grid.style.setProperty("--cell", byId("size").value + "px");
    grid.classList.toggle("small", byId("side").value !== "texts" && Number(byId("size").value) < 44);
  });
  byId("more").addEventListener("click", grow);
  dark.addEventListener("change", () => { palette = colours(); arrange(); show(selected); });

  if (examples && examples.sheet) document.body.style.setProperty("--examples", 'url("' + address(examples.sheet.src) + '")');
  byId("browser").hidden = false;
  arrange();
  const asked = /^#latent-(\d+)$/.exec(location.hash);
  if (asked && Number(asked[1]) < latents.count) select(Number(asked[1]));
  else show(null);
})();
