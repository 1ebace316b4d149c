/*
 * The picture of chapter 4: a compaction replaces the log by a copy, with memory and disk as two
 * lanes. Each of the two fsyncs can be crossed out. Pull the plug, and the picture shows the worst
 * disk that can be left.
 */
import { html, record, svg, tell, words } from "./pictures.js";

const WRITE = "write the copy";
const SYNC_COPY = "fsync the copy";
const RENAME = "rename the copy";
const SYNC_DIRECTORY = "fsync the directory";
const PUT = "put and sync shell = bash";
const STEPS = [WRITE, SYNC_COPY, RENAME, SYNC_DIRECTORY, PUT];

const OLD = [["os mac", "dead"], ["editor vim", "dead"], ["os linux", "live"], ["– editor", "dead"]];

/** Fills the figure. */
export function start(figure) {
  const crossed = new Set();

  /** What memory and disk contain after a step. */
  function state(step) {
    const after = name => step > STEPS.indexOf(name);
    const synced = name => after(name) && !crossed.has(name);
    return {
      copied: after(WRITE),
      renamed: after(RENAME),
      put: after(PUT),
      // The sync of the put is an fsync of the same file.
      contents: synced(SYNC_COPY) || after(PUT),
      name: synced(SYNC_DIRECTORY),
    };
  }

  /** The disk after the power failed: the worst of those that are possible. */
  function left({ renamed, put, contents, name }) {
    if (!renamed) {
      return { file: "old", text: "store.data is the old file, whole. The next open deletes the copy, if there is one." };
    }
    if (!contents) {
      return { file: "empty", lost: true,
        text: "The name reached the disk before the contents did: store.data is the new file, and it is empty. os is lost." };
    }
    if (name) {
      return { file: "new", text: "store.data is the new file, whole. Nothing is lost." };
    }
    if (put) {
      return { file: "old", lost: true,
        text: "The disk still has the old entry: store.data is the old file. shell = bash was synced, and it is lost." };
    }
    return { file: "either", text: "store.data can be the old file or the new one. Both are whole, and both have os = linux." };
  }

  function told(step, now) {
    if (step === 0) {
      return "store.data is the old log. Three of its four records are dead.";
    }
    const name = STEPS[step - 1];
    if (crossed.has(name)) {
      return `The program goes on without this fsync: ${name}.`;
    }
    return {
      [WRITE]: "The copy is in memory. The operating system writes it to the disk when it likes.",
      [SYNC_COPY]: "The contents of the copy are on the disk.",
      [RENAME]: "In memory store.data is the new file. On the disk it is the old one, or the new one.",
      [SYNC_DIRECTORY]: "The new name is on the disk. This is the commit.",
      [PUT]: "A later put goes to the new file. Its sync returned, so the caller relies on it.",
    }[name];
  }

  function draw(step, unplugged) {
    const now = state(step);
    const after = left(now);
    const parts = [...lane(0, "in memory", unplugged ? null : memory(now))];
    parts.push(...lane(170, "on the disk", unplugged ? broken(after, now) : disk(now)));
    return {
      parts,
      text: unplugged ? after.text : told(step, now),
      lost: unplugged && Boolean(after.lost),
    };
  }

  tell(figure, {
    id: "rename",
    title: "A rename with its two fsyncs",
    hint: "Click an fsync to cross it out.",
    height: 318,
    steps: STEPS,
    draw,
    item(name, show) {
      return name.startsWith("fsync") ? crossable(name, crossed, show) : null;
    },
  });
}

function crossable(name, crossed, show) {
  const cross = html("button", "cross", name);
  cross.type = "button";
  cross.setAttribute("aria-pressed", "false");
  cross.title = "Cross this fsync out";
  cross.setAttribute("aria-label", `${name}: cross it out`);
  cross.addEventListener("click", () => {
    const isCrossed = !crossed.delete(name) && Boolean(crossed.add(name));
    cross.setAttribute("aria-pressed", String(isCrossed));
    show();
  });
  return html("li", "", cross);
}

// ======== The lanes ========

const memory = ({ copied, renamed, put }) => ({
  data: renamed ? ["new"] : ["old"],
  temporary: copied && !renamed,
  old: !renamed,
  copy: copied ? "whole" : "none",
  put,
});

const disk = ({ copied, renamed, put, contents, name }) => ({
  data: !renamed ? ["old"] : name ? ["new"] : ["old", "new"],
  temporary: copied && !renamed,
  unsure: !contents || (renamed && !name),
  old: !name,
  copy: !copied ? "none" : contents ? "whole" : "unsure",
  put,
});

const broken = ({ file }, { copied, contents, put }) => ({
  data: { old: ["old"], either: ["old", "new"] }[file] ?? ["new"],
  temporary: copied && file === "old",
  unsure: !contents,
  old: file === "old" || file === "either",
  copy: !copied ? "none" : file === "empty" || !contents ? "empty" : "whole",
  put,
});

function lane(top, title, has) {
  const parts = [
    svg("rect", { x: 1, y: top + 1, width: 598, height: 146, rx: 10, class: "lane" }),
    words(16, top + 26, title, "title"),
  ];
  if (has === null) {
    parts.push(words(300, top + 82, "the power failed: nothing is left here", "middle gone"));
    return parts;
  }
  parts.push(name(top + 42, "store.data", false));
  if (has.temporary) {
    parts.push(name(top + 96, "store.data.tmp", has.unsure));
    parts.push(arrow(top + 113, top + 113, has.unsure));
  }
  OLD.forEach(([text, type], i) => {
    parts.push(record(232 + 89 * i, top + 42, 87, text, has.old ? type : "unnamed"));
  });
  if (has.copy !== "none") {
    const type = { whole: "live", unsure: "unsure", empty: "empty" }[has.copy];
    parts.push(record(232, top + 96, 87, has.copy === "empty" ? "empty" : "os linux", type));
    if (has.put && has.copy === "whole") {
      parts.push(record(321, top + 96, 87, "shell bash", "live"));
    }
  }
  for (const file of has.data) {
    parts.push(arrow(top + 59, top + (file === "old" ? 59 : 113), has.data.length > 1));
  }
  return parts;
}

function name(y, text, unsure) {
  return svg(
    "g",
    { class: unsure ? "name unsure" : "name" },
    svg("rect", { x: 16, y, width: 152, height: 34, rx: 17 }),
    words(92, y + 22.5, text, "middle"),
  );
}

function arrow(from, to, unsure) {
  return svg("line", { x1: 170, y1: from, x2: 229, y2: to, class: unsure ? "arrow unsure" : "arrow",
    "marker-end": "url(#rename-arrow)" });
}
