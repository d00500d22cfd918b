// Remembers every place that the focus comes to, and what is wrong there.
(() => {
  window.focused = [];
  const before = { one: document.body };
  document.addEventListener("focusin", ({ target: one }) => {
    const wrong = [];
    const at = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (one.matches("iframe")) { window.focused.push([]); before.one = one; return; }
    if (at.width < 2 || at.height < 2) wrong.push("cannot be seen");
    const on = document.elementFromPoint(Math.min(Math.max(at.left + at.width / 2, 0), innerWidth - 1), Math.min(Math.max(at.top + at.height / 2, 0), innerHeight - 1));
    if (at.bottom < 0 || at.top > innerHeight || at.right < 0 || at.left > innerWidth) wrong.push("is outside of the screen");
    else if (on && at.height < innerHeight && !one.contains(on) && !on.contains(one)) wrong.push(`is under ${on.outerHTML.slice(0, 80)}`);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("does not show the focus");
    if (before.one.isConnected && before.one !== document.body && !(before.one.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push("comes before the last one in the page");
    before.one = one;
    window.focused.push(wrong.map((what) => `${one.outerHTML.replace(/\s+/g, " ").slice(0, 160)} ${what}`));
  });
  const open = (one) => one.checkVisibility({ visibilityProperty: true });
  const places = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex='0']")].filter((one) => one.tabIndex >= 0 && !one.disabled && open(one));
  // One radio of a group is in the order.
  const groups = new Set(places.filter((one) => one.type === "radio").map((one) => one.name));
  return places.filter((one) => one.type !== "radio").length + groups.size;
})()
