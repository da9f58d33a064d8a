// A second verifier, written from the description alone and in another language: both have to come to the same verdict.
// Reads one JSON request a line ({folder, keys, latest?, seen?, at?} or {proof, keys, …}), writes one JSON verdict a line.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

class Wrong extends Error {
  constructor(verdict, more = {}) { super(verdict); this.told = { verdict, ...more }; }
}
const sha256 = (...parts) => { const h = createHash("sha256"); parts.forEach((p) => h.update(p)); return h.digest(); };
const leaf = (data) => sha256(Buffer.from([0]), data);
const node = (left, right) => sha256(Buffer.from([1]), left, right);
const PREFIX = Buffer.from("302a300506032b6570032100", "hex"); // DER of an Ed25519 public key up to its 32 bytes

function root(leaves) {  // RFC 6962, by its own recursive definition
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  if (leaves.length === 1) return leaves[0];
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return node(root(leaves.slice(0, half)), root(leaves.slice(half)));
}
function rootOfPath(hashed, index, size, path) {
  const walk = (at, n, steps) => {  // from the top down
    if (n === 1) return steps.length === 0 ? hashed : null;
    let half = 1;
    while (half * 2 < n) half *= 2;
    const step = steps[steps.length - 1], rest = steps.slice(0, -1);
    if (step === undefined) return null;
    const inner = at < half ? walk(at, half, rest) : walk(at - half, n - half, rest);
    return inner && (at < half ? node(inner, step) : node(step, inner));
  };
  return walk(index, size, path);
}
function lines(data) {
  const found = []; let start = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, start)) { found.push(data.subarray(start, at)); start = at + 1; }
  found.push(data.subarray(start));
  return found;
}
function value(said, name) {
  const line = said.find((item) => item === name || item.startsWith(name + " "));
  if (line === undefined) throw new Wrong("malformed");
  return line.slice(name.length + 1);
}
function note(data, keys, use, file) {
  const changed = new Wrong("tampered", { file });
  const text = data.toString("utf8");
  if (!Buffer.from(text).equals(data)) throw changed;
  const end = text.lastIndexOf("\n\n");
  const signatures = text.slice(end + 2).split("\n");
  if (end < 0 || signatures.pop() !== "" || signatures.length === 0 || new Set(signatures).size !== signatures.length) throw changed;
  const body = Buffer.from(text.slice(0, end + 1)), said = text.slice(0, end).split("\n");
  let retired = false, named = false;
  for (const line of signatures) {
    const found = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    const raw = found && Buffer.from(found[2], "base64");
    if (!found || raw.toString("base64") !== found[2]) throw changed;
    for (const key of keys.keys) {
      const bytes = Buffer.from(key.public, "hex");
      const id = sha256(Buffer.from(key.name + "\n\x01"), bytes).subarray(0, 4);
      if (key.use !== use || key.name !== found[1] || !id.equals(raw.subarray(0, 4))) continue;
      named = true;
      const parsed = createPublicKey({ key: Buffer.concat([PREFIX, bytes]), format: "der", type: "spki" });
      if (!verify(null, body, parsed, raw.subarray(4))) continue;
      if (key.until && new Date(value(said, "issued")) > new Date(key.until)) { retired = true; continue; }
      return said;
    }
  }
  throw retired ? new Wrong("retired_key", { file }) : named ? changed : new Wrong("wrong_key", { file });
}
function read(folder, name) {
  const path = join(folder, name);
  if (!existsSync(path)) throw new Wrong("tampered", { file: name });
  return readFileSync(path);
}
function difference(name, data, listed) {
  const expected = listed[name];
  if (!expected) throw new Wrong("tampered", { file: name });
  const found = lines(data);
  for (let n = 0; n < found.length; n++) {
    if (n >= expected.hashes.length) throw new Wrong("tampered", { file: name, line: n + 1 });
    if (sha256(found[n]).toString("hex").slice(0, 16) !== expected.hashes[n])
      throw new Wrong("tampered", { file: name, line: n + 1, first: expected.codes[n] ?? "" });
  }
  throw new Wrong("tampered", { file: name, line: found.length + 1, first: expected.codes[found.length] ?? "" });
}
function folder(path, keys) {
  const said = note(read(path, "checkpoint.note"), keys, "release", "checkpoint.note");
  const raw = read(path, "manifest.json");
  if ("sha256:" + sha256(raw).toString("hex") !== value(said, "manifest")) {
    let other = null;
    try { other = JSON.parse(raw.toString("utf8")).version; } catch { /* not even JSON */ }
    throw new Wrong(other && other !== value(said, "version") ? "mixed" : "tampered", { file: "manifest.json" });
  }
  const manifest = JSON.parse(raw), good = {};
  for (const [name, { sha256: digest }] of Object.entries(manifest.files)) {
    good[name] = sha256(read(path, name)).toString("hex") === digest;
    if (!good[name] && name === "lines.json") throw new Wrong("tampered", { file: name });
  }
  const listed = JSON.parse(read(path, "lines.json"));
  for (const name of Object.keys(manifest.files)) if (!good[name]) difference(name, read(path, name), listed);
  for (const [name, said] of Object.entries(manifest.files))
    if (said.sm3 !== createHash("sm3").update(read(path, name)).digest("hex")) throw new Wrong("tampered", { file: name });
  const known = new Set([...Object.keys(manifest.files), "manifest.json", "checkpoint.note", "latest.note", "keys.json"]);
  for (const name of readdirSync(path).sort()) if (!known.has(name)) throw new Wrong("tampered", { file: name });
  const entries = lines(read(path, "entries.jsonl")).slice(0, -1);
  if (said[1] !== String(entries.length) || !root(entries.map(leaf)).equals(Buffer.from(said[2], "base64")))
    throw new Wrong("tampered", { file: "entries.jsonl" });
  return said;
}
function latest(said, data, keys, at, seen) {
  const number = Number(value(said, "number"));
  if (data !== undefined) {
    const told = note(data, keys, "clock", "latest.note"), newest = Number(value(told, "number"));
    if (newest < seen || number < newest) throw new Wrong("superseded");
    if (number === newest && value(told, "version") !== value(said, "version")) throw new Wrong("mixed");
    if (at > new Date(value(told, "expires"))) throw new Wrong("stale");
  } else if (number < seen) throw new Wrong("superseded");
}
function grown(first, second, older, newer, path) {  // both roots from one proof, by the recursive definition of RFC 6962, 2.1.2
  const steps = [...path];
  const walk = (m, n, whole) => {  // [root of the first m, root of all n]
    if (m === n) {
      if (whole) return [older, older];
      const step = steps.shift();
      if (step === undefined) throw new Error("too short");
      return [step, step];
    }
    let half = 1;
    while (half * 2 < n) half *= 2;
    if (m <= half) {
      const [was, now] = walk(m, half, whole), right = steps.shift();
      if (right === undefined) throw new Error("too short");
      return [was, node(now, right)];
    }
    const [was, now] = walk(m - half, n - half, false), left = steps.shift();
    if (left === undefined) throw new Error("too short");
    return [node(left, was), node(left, now)];
  };
  try {
    const [was, now] = walk(first, second, true);
    return steps.length === 0 && was.equals(older) && now.equals(newer);
  } catch { return false; }
}
function stateOfLog(data, keys) {
  const text = data.toString("utf8");
  if (text.slice(0, text.indexOf("\n")).endsWith("/changes")) {
    const said = note(data, keys, "clock", "checkpoint of the changes");
    return [Number(said[1]), Buffer.from(said[2], "base64")];
  }
  const [size, root] = value(note(data, keys, "release", "checkpoint.note"), "log").split(" ");
  return [Number(size), Buffer.from(root, "base64")];
}
function checkLog(manifest, [second, now], asked) {
  if (asked.since === undefined) return;
  const [first, was] = stateOfLog(Buffer.from(asked.since, "base64"), asked.keys);
  let path = null;
  if (asked.growth) {
    if (asked.growth.first !== first || asked.growth.second !== second) throw new Wrong("unproved");
    path = asked.growth.path;
  } else if (manifest.log && manifest.log.since && manifest.log.since.size === first) path = manifest.log.since.path;
  if (first > second) throw new Wrong("superseded");
  if (first === 0 || (first === second && was.equals(now))) return;
  if (first < second && path === null) throw new Wrong("unproved");
  if (!grown(first, second, was, now, (path ?? []).map((step) => Buffer.from(step, "hex")))) throw new Wrong("forked");
}
function proved({ checkpoint, entry, index, path }, keys) {
  const ofChanges = checkpoint.slice(0, checkpoint.indexOf("\n")).endsWith("/changes");
  const said = note(Buffer.from(checkpoint), keys, ofChanges ? "clock" : "release", "checkpoint.note");
  if (!Number.isInteger(index) || index < 0 || index >= Number(said[1]) || path.length > 64) throw new Wrong("malformed");
  const found = rootOfPath(leaf(Buffer.from(entry)), index, Number(said[1]), path.map((step) => Buffer.from(step, "hex")));
  if (!found || !found.equals(Buffer.from(said[2], "base64"))) throw new Wrong("tampered");
  return [said, ofChanges];
}
function beginning(hashed, first, second, path) {  // the root of the first, from the way of the last of them up a tree of the second
  if (second === 1) return hashed;
  let half = 1;
  while (half * 2 < second) half *= 2;
  const step = path.at(-1), rest = path.slice(0, -1);
  return first <= half ? beginning(hashed, first, half, rest) : node(step, beginning(hashed, first - half, second - half, rest));
}
function checkSplit({ older, proof }, keys) {
  const [size, was] = stateOfLog(Buffer.from(older), keys), [said, ofChanges] = proved(proof, keys);
  if (!ofChanges || proof.index + 1 !== size) throw new Wrong("unproved");
  const path = proof.path.map((step) => Buffer.from(step, "hex"));
  if (!beginning(leaf(Buffer.from(proof.entry)), size, Number(said[1]), path).equals(was)) throw new Wrong("split");
  return size;
}
function judge(asked) {
  try {
    let said;
    if (asked.split) return { verdict: "valid", changes: checkSplit(asked.split, asked.keys) };
    if (asked.log !== undefined) {
      const state = stateOfLog(Buffer.from(asked.log, "base64"), asked.keys);
      checkLog({}, state, asked);
      return { verdict: "valid", changes: state[0] };
    }
    if (asked.proof) {
      const [lines, ofChanges] = proved(asked.proof, asked.keys);
      said = lines;
      if (ofChanges) return { verdict: "valid", changes: Number(said[1]) };
    } else {
      said = folder(asked.folder, asked.keys);
      if (asked.since !== undefined)
        checkLog(JSON.parse(read(asked.folder, "manifest.json")), stateOfLog(read(asked.folder, "checkpoint.note"), asked.keys), asked);
    }
    latest(said, asked.latest === undefined ? undefined : Buffer.from(asked.latest, "base64"), asked.keys, new Date(asked.at), asked.seen ?? 0);
    return { verdict: "valid", version: value(said, "version"), entries: Number(said[1]) };
  } catch (error) {
    return error instanceof Wrong ? error.told : { verdict: "malformed", why: String(error) };
  }
}
for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(judge(JSON.parse(line))));
