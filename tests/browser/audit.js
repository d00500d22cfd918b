// What is wrong with the page that is shown, as a list of sentences. WCAG 2.2 AA, by rules of our own.
(() => {
  const wrong = [];
  const all = (what, from = document) => [...from.querySelectorAll(what)];
  const say = (rule, one, more = "") =>
    wrong.push(`${rule}: ${one.outerHTML.replace(/\s+/g, " ").slice(0, 180)} ${more}`);
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
    && one.getClientRects().length > 0;
  const hidden = (one) => one.closest(".sr, .sprite, .skip");

  // Structure.
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title.trim()) wrong.push("no title");
  for (const [what, few, many] of [["main", 1, 1], ["h1", 1, 1], ["header.top", 1, 1], ["footer", 1, 1], ["a.skip", 1, 1]]) {
    const count = all(what).length;
    if (count < few || count > many) wrong.push(`${count} of ${what}`);
  }
  const navigations = all("nav, [role=navigation]").filter(shown);
  for (const one of navigations) {
    if (!one.getAttribute("aria-label")) say("a navigation without a name", one);
  }
  if (new Set(navigations.map((one) => one.getAttribute("aria-label"))).size < navigations.length) wrong.push("two navigations of one name");
  let level = 0;
  for (const one of all("h1, h2, h3, h4, h5, h6").filter(shown)) {
    const next = Number(one.tagName[1]);
    if (next > level + 1) say(`a heading of level ${next} below one of ${level}`, one);
    if (!one.textContent.trim()) say("an empty heading", one);
    level = next;
  }
  const ids = all("[id]").map((one) => one.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`two elements have the id ${id}`);
  for (const one of all("[aria-describedby], [aria-labelledby], [aria-controls], label[for]")) {
    const named = ["aria-describedby", "aria-labelledby", "aria-controls", "for"].flatMap((name) => (one.getAttribute(name) ?? "").split(" "));
    for (const id of named.filter(Boolean)) if (!document.getElementById(id)) say(`it names #${id}, which is not there`, one);
  }
  for (const one of all("[tabindex]")) if (one.tabIndex > 0) say("its place in the order is forced", one);
  for (const one of all("img")) if (!one.hasAttribute("alt")) say("an image without words", one);
  for (const one of all("iframe")) if (!one.title.trim()) say("a frame without a title", one);
  for (const one of all("svg")) if (one.getAttribute("aria-hidden") !== "true" && !one.getAttribute("aria-label")) say("a drawing without words", one);
  for (const one of all("table")) if (!one.caption) say("a table without a caption", one);
  for (const one of all("th")) if (!one.scope) say("a heading of a table without a scope", one);
  for (const one of all("ul > *, ol > *")) if (one.tagName !== "LI") say("a list holds what is no item", one);

  // Controls: names, labels, groups.
  for (const one of all("input:not([type=hidden]), select, textarea").filter(shown)) {
    const named = one.labels.length > 0 || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby");
    if (!named) say("a control without a label", one);
    if (one.type === "radio" && !one.closest("fieldset")?.querySelector("legend")) say("a choice without a legend", one);
    if (one.getAttribute("aria-invalid") === "true") {
      const error = document.getElementById((one.getAttribute("aria-describedby") ?? "").split(" ")[0]);
      if (!error?.textContent.trim()) say("a wrong control that does not say what is wrong", one);
    }
  }
  for (const one of all("a[href], button, summary").filter(shown)) {
    const name = one.getAttribute("aria-label") ?? one.innerText ?? "";
    const words = name.trim() || one.textContent.trim() || one.title;
    if (!words.trim() && one.getAttribute("aria-hidden") !== "true") say("nothing to read in it", one);
  }

  // What scrolls can be scrolled with the keyboard.
  for (const one of all("body *")) {
    const style = getComputedStyle(one);
    const scrolls = (/auto|scroll/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1)
      || (/auto|scroll/.test(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
    if (!scrolls || !shown(one) || /TEXTAREA|SELECT/.test(one.tagName)) continue;
    if (one.tabIndex < 0 && !one.querySelector("a[href], button, input, select, textarea, iframe, [tabindex='0']")) say("it scrolls, and the keyboard cannot", one);
  }

  // Targets: 24 by 24, or room around them.
  const box = (one) => (one.matches("input[type=checkbox], input[type=radio]") && one.closest("label") || one).getBoundingClientRect();
  const targets = all("a[href], button, summary, input:not([type=hidden]), select, textarea")
    .filter((one) => shown(one) && !hidden(one) && getComputedStyle(one).display !== "inline" && one.tabIndex >= 0)
    .map((one) => [one, box(one)]);
  for (const [one, at] of targets) {
    if (at.width >= 23.9 && at.height >= 23.9) continue;
    const [x, y] = [at.left + at.width / 2, at.top + at.height / 2];
    const near = targets.find(([other, its]) => other !== one && other.closest(".foot") === one.closest(".foot") && !one.contains(other) && !other.contains(one)
      && Math.hypot(Math.max(its.left - x, 0, x - its.right), Math.max(its.top - y, 0, y - its.bottom)) < 12);
    if (near) say(`${Math.round(at.width)} by ${Math.round(at.height)}, too small beside its neighbour`, one);
  }

  // Contrast.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = (css) => {
    if (!known.has(css)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(css, [r, g, b, a / 255]);
    }
    return known.get(css);
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const opacity = (one) => one ? Number(getComputedStyle(one).opacity) * opacity(one.parentElement) : 1;
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (front, back) => {
    const [high, low] = [light(over(front, back)), light(back)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const check = (one, css, style, what) => {
    const front = [...colour(css)];
    front[3] *= opacity(one);
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const found = contrast(front, behind(one));
    if (found < enough) say(`${what} has a contrast of ${found.toFixed(2)}, not ${enough}`, one);
  };
  const read = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = new Set();
  while (read.nextNode()) if (read.currentNode.textContent.trim()) texts.add(read.currentNode.parentElement);
  for (const one of texts) {
    if (!shown(one) || hidden(one) || one.closest("option, title, style, script, svg")) continue;
    const style = getComputedStyle(one);
    check(one, style.color, style, "text");
  }
  for (const one of all("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea").filter(shown)) {
    const style = getComputedStyle(one);
    check(one, style.color, style, "a value");
    if (one.placeholder) check(one, getComputedStyle(one, "::placeholder").color, style, "a placeholder");
    const edge = contrast(colour(style.borderTopColor), behind(one.parentElement));
    if (edge < 3) say(`its edge has a contrast of ${edge.toFixed(2)}, not 3`, one);
  }
  for (const one of all("svg.i, .dot, .chart rect.sent, .chart rect.failed").filter((one) => shown(one) && !hidden(one))) {
    const style = getComputedStyle(one);
    const css = one.matches(".dot") ? style.backgroundColor : one.matches("rect") ? style.fill : style.color;
    const found = contrast(colour(css), behind(one.parentElement));
    if (found < 3) say(`a sign has a contrast of ${found.toFixed(2)}, not 3`, one);
  }

  // Nothing is wider than the screen.
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = all("body *").filter((one) => shown(one) && !hidden(one) && one.getBoundingClientRect().right > innerWidth + 1);
    wrong.push(`the page is ${root.scrollWidth} wide, the screen ${innerWidth}: ${wide.slice(0, 4).map((one) => `<${one.tagName} class="${one.className}">`).join(" ")}`);
  }
  return wrong;
})()
