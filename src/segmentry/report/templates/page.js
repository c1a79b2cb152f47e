// Makes the page live: words on hover and focus, one segment lit everywhere, sorting, downloads.
// Without it everything can still be read. It reads the page only: no request, no storage, no markup made from data.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // One segment lit: while the pointer or the focus is on it, or until released when clicked.
  const status = document.querySelector(".pinned");
  let pinned = null;
  const light = (segment) => {
    if (segment === null) delete root.dataset.lit;
    else root.dataset.lit = segment;
    for (const part of all("[data-segment]")) part.classList.toggle("lit", part.dataset.segment === segment);
  };
  const pin = (segment) => {
    pinned = segment === pinned ? null : segment;
    for (const button of all("[data-pin]")) button.setAttribute("aria-pressed", String(button.dataset.pin === pinned));
    status.hidden = pinned === null;
    if (pinned !== null) {
      const name = document.querySelector(`[data-pin="${CSS.escape(pinned)}"]`);
      const release = document.createElement("button");
      release.type = "button";
      release.textContent = "Show all (Esc)";
      release.onclick = () => pin(pinned);
      status.replaceChildren(`Showing ${name ? name.textContent : ""}`, release);
    }
    light(pinned);
  };
  const segmentOf = (target) => {
    const part = target instanceof Element && target.closest("svg.chart [data-segment], [data-pin]");
    return part ? part.dataset.pin ?? part.dataset.segment : null;
  };

  // The words of a mark: its aria-label.
  const tip = document.getElementById("tip");
  const wordsOf = (target) => (target instanceof Element ? target.closest("svg.chart [aria-label]:not(svg)") : null);
  const show = (mark, x, y) => {
    tip.textContent = mark.getAttribute("aria-label");
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${y + 18 + height > innerHeight ? Math.max(8, y - height - 12) : y + 18}px`;
  };
  const hide = () => { tip.hidden = true; };

  document.addEventListener("pointerover", (event) => {
    const segment = segmentOf(event.target);
    if (segment !== null) light(segment);
  });
  document.addEventListener("pointerout", (event) => {
    if (segmentOf(event.target) !== null) light(pinned);
    hide();
  });
  document.addEventListener("pointermove", (event) => {
    const mark = wordsOf(event.target);
    if (mark) show(mark, event.clientX, event.clientY);
  });
  document.addEventListener("click", (event) => {
    const segment = segmentOf(event.target);
    if (segment !== null) pin(segment);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    hide();
    if (pinned !== null) pin(pinned);
  });

  // Keyboard: each chart is one stop; arrows go from mark to mark.
  for (const chart of all("svg.chart")) {
    const marks = all("[aria-label]", chart);
    if (!marks.length) continue;
    chart.setAttribute("role", "group");
    // Chromium makes an SVG element that listens for focus a stop of its own: its frame listens instead.
    const frame = chart.parentElement;
    let at = 0;
    const ready = (mark) => { mark.setAttribute("tabindex", "0"); mark.setAttribute("role", "img"); };
    ready(marks[0]);
    frame.addEventListener("focusin", (event) => {
      const mark = wordsOf(event.target);
      if (!mark || !mark.matches(":focus-visible")) return;
      at = marks.indexOf(mark);
      const box = mark.getBoundingClientRect();
      show(mark, box.left + box.width / 2, box.bottom - 12);
      if (mark.dataset.segment !== undefined) light(mark.dataset.segment);
    });
    frame.addEventListener("focusout", () => { hide(); light(pinned); });
    frame.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
      if (event.key === "Enter" || event.key === " ") {
        if (marks[at].dataset.segment === undefined) return;
        event.preventDefault();
        pin(marks[at].dataset.segment);
        return;
      }
      if (step === undefined) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(marks.length - 1, at + step));
      marks[at].removeAttribute("tabindex");
      at = next;
      ready(marks[at]);
      marks[at].focus();
    });
  }

  // A table of segments sorts by any column.
  for (const table of all("table.segments")) all("thead th", table).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.onclick = () => {
      const down = head.getAttribute("aria-sort") !== "descending" && (column > 0 || head.getAttribute("aria-sort") === "ascending");
      for (const other of all("thead th", table)) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const compare = (one, other) => {
        const [a, b] = [value(one), value(other)];
        if (a === "" || b === "") return (a === "") - (b === "");
        const order = column === 0 ? a.localeCompare(b) : Number(a) - Number(b);
        return down ? -order : order;
      };
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
    };
  });

  // Downloads: the picture as it is in charts/, the numbers as a table that no spreadsheet takes for formulas.
  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const picture = (chart) => {
    const copy = chart.cloneNode(true);
    const [, , width, height] = chart.dataset.box.split(" ");
    copy.setAttribute("viewBox", chart.dataset.box);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.querySelector(".chart-head").removeAttribute("display");
    for (const part of all("[tabindex], .lit", copy)) { part.removeAttribute("tabindex"); part.classList.remove("lit"); }
    return new XMLSerializer().serializeToString(copy);
  };
  const cell = (text) => `"${(/^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const numbers = (box) => all("tr", box.querySelector("table.grid"))
    .map((row) => [...row.cells].map((one) => cell(one.textContent)).join(",")).join("\r\n");
  for (const button of all("[data-save]")) {
    button.setAttribute("aria-label", `Download ${button.textContent}`);
    button.onclick = () => {
      const box = button.closest(".chart-box");
      const name = box.id.replace("chart-", "");
      if (button.dataset.save === "svg") save(`${name}.svg`, "image/svg+xml", picture(box.querySelector("svg.chart")));
      else save(`${name}.csv`, "text/csv", `\ufeff${numbers(box)}\r\n`);
    };
  }

  // The table of contents says where the reader is.
  const links = new Map(all(".contents a").map((link) => [link.getAttribute("href").slice(1), link]));
  const sections = all("main > section").filter((section) => links.has(section.id));
  const here = () => {
    const past = sections.filter((section) => section.getBoundingClientRect().top < innerHeight * 0.35);
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get((past.at(-1) ?? sections[0]).id).setAttribute("aria-current", "true");
  };
  addEventListener("scroll", here, { passive: true });
  here();
})();
