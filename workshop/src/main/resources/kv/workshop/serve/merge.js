/*
 * The picture of chapter 5: a merge in its six steps. A file with a dashed outline is not on the disk
 * yet. Pull the plug after any step, and the picture shows the files that are left and the answer of
 * the next open.
 */
import { record, svg, tell, words } from "./pictures.js";

const STEPS = [
  "write the copy",
  "fsync the copy",
  "fsync the last file",
  "rename the copy",
  "fsync the directory",
  "repoint the keys, delete the inputs",
];

const TOLD = [
  "Files 1 and 2 are finished. File 3 is being written: os = bsd is only in memory.",
  "The copy contains the records that the keydir points to. os = linux is dead: file 3 has a later put.",
  "The copy is on the disk, whole.",
  "os = bsd is on the disk now. It is the reason why os = linux was left out of the copy.",
  "The copy has its name, which covers 1 and 2. The name is not on the disk yet.",
  "The name is on the disk: this is the commit.",
  "The keydir points to the output. The inputs are gone, one after the other.",
];

const LEFT = [
  "The open finds files 1 to 3. os = bsd was never synced, so os is linux again: a prefix, and no promise is broken.",
  "The open deletes the copy, which may lack any part, and uses files 1 to 3. os is linux: bsd was never synced.",
  "The open deletes the copy, since its name ends in .tmp, and uses files 1 to 3. os is linux: bsd was never synced.",
  "The open deletes the copy and uses files 1 to 3. os is bsd.",
  "The disk has the old name or the new one. With the old one the open uses 1 to 3, with the new one the output and 3. Both give the same keys.",
  "The open finds the output, whose name covers 1 and 2. It ignores these two and deletes them.",
  "The open finds the output and file 3, and perhaps an input that was not deleted yet. It deletes that one.",
];

/** Fills the figure. */
export function start(figure) {
  tell(figure, { id: "merge", title: "A merge in its six steps",
    hint: "A dashed outline: not on the disk yet.", height: 300, steps: STEPS, draw });
}

function draw(step, unplugged) {
  const parts = [
    svg("rect", { x: 1, y: 1, width: 598, height: 218, rx: 10, class: "lane" }),
    words(16, 26, "the directory", "title"),
    ...file(16, 42, "1-1.0", step < 6 ? (step >= 5 ? "covered" : "whole") : "gone", [
      ["os mac", "dead"],
      ["editor vim", "dead"],
    ]),
    ...file(164, 42, "2-2.0", step < 6 ? (step >= 5 ? "covered" : "whole") : "gone", [
      ["os linux", unplugged && step < 3 ? "live" : "dead"],
      ["– editor", "dead"],
      ["shell bash", "live"],
    ]),
    ...copy(step, unplugged),
    ...last(step, unplugged),
    ...keydir(step, unplugged),
  ];
  return { parts, text: unplugged ? LEFT[step] : TOLD[step], lost: false };
}

function copy(step, unplugged) {
  if (step === 0) {
    return [];
  }
  const durable = step >= 2;
  const name = step >= 4 ? "1-2.1" : "1-2.1.tmp";
  const state = unplugged && step < 4 ? "covered" : durable && step !== 4 ? "whole" : "unsure";
  const contents = durable ? "live" : unplugged ? "empty" : "unsure";
  return file(312, 42, name, state, [[contents === "empty" ? "?" : "shell bash", contents]]);
}

function last(step, unplugged) {
  const durable = step >= 3;
  const records = durable || !unplugged ? [["os bsd", durable ? "live" : "unsure"]] : [["", "empty"]];
  return file(460, 42, "3-3.0", "whole", records);
}

function keydir(step, unplugged) {
  const os = unplugged && step < 3 ? "file 2" : "file 3";
  const output = unplugged ? step >= 5 : step >= 6;
  const shell = unplugged && step === 4 ? "file 2, or 1-2.1" : output ? "1-2.1" : "file 2";
  return [
    svg("rect", { x: 1, y: 236, width: 598, height: 62, rx: 10, class: "lane" }),
    words(16, 273, unplugged ? "next open:" : "keydir:", "title"),
    words(120, 273, `os  →  ${os}`, "entry"),
    words(300, 273, `shell  →  ${shell}`, "entry"),
  ];
}

function file(x, y, name, state, records) {
  if (state === "gone") {
    return [words(x + 62, y + 88, "deleted", "middle gone")];
  }
  const parts = [
    svg("rect", { x, y, width: 124, height: 164, rx: 6, class: `segment ${state}` }),
    words(x + 62, y + 24, name, "middle file-name"),
  ];
  records.forEach(([text, type], i) => {
    parts.push(record(x + 10, y + 38 + 40 * i, 104, text, state === "covered" ? "unnamed" : type));
  });
  if (state === "covered") {
    parts.push(svg("line", { x1: x + 4, y1: y + 160, x2: x + 120, y2: y + 4, class: "ignored" }));
  }
  return parts;
}
