#!/usr/bin/env bash
# Of: @atlaskit/adf-schema 57.7.22, Atlassian's own JSON Schema of ADF, by ajv-draft-04 1.0.0
# Guess: ADF nests as Markdown and HTML do: what a document can hold, a quote and a list item can hold.
# Seen: A list item takes lists, code and tasks, and no heading, quote, rule, table or panel; a quote takes no heading, rule or quote. `- # Title` and `> > reply` cannot be said. Yet an item may begin with a list, and a task holds no paragraph.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @atlaskit/adf-schema@57.7.22 ajv@8.17.1 ajv-draft-04@1.0.0
cat > check.js <<'JS'
const Ajv = require("ajv-draft-04");
const schema = require("@atlaskit/adf-schema/dist/json-schema/v1/full.json");
const validate = new Ajv({ strict: false }).compile(schema);

const text = { type: "text", text: "a" };
const paragraph = { type: "paragraph", content: [text] };
const heading = { type: "heading", attrs: { level: 1 }, content: [text] };
const quote = (...content) => ({ type: "blockquote", content });
const list = (...content) => ({ type: "bulletList", content: [{ type: "listItem", content }] });
const cell = { type: "table", content: [{ type: "tableRow", content: [{ type: "tableCell", content: [paragraph] }] }] };
const panel = { type: "panel", attrs: { panelType: "info" }, content: [paragraph] };
const task = (item) => ({ type: "taskList", attrs: { localId: "1" }, content: [{ type: "taskItem", attrs: { localId: "2", state: "TODO" }, content: [item] }] });

const expected = [
  ["a heading in a list item", list(heading), false],
  ["a quote in a list item", list(paragraph, quote(paragraph)), false],
  ["a rule in a list item", list({ type: "rule" }), false],
  ["a table in a list item", list(paragraph, cell), false],
  ["a panel in a list item", list(paragraph, panel), false],
  ["a code block in a list item", list(paragraph, { type: "codeBlock", content: [text] }), true],
  ["a task list in a list item", list(paragraph, task(text)), true],
  ["an item that begins with a list", list(list(paragraph)), true],
  ["a list in a quote", quote(list(paragraph)), true],
  ["a heading in a quote", quote(heading), false],
  ["a quote in a quote", quote(quote(paragraph)), false],
  ["a paragraph in a task", task(paragraph), false],
];
for (const [name, node, valid] of expected) {
  const seen = validate({ version: 1, type: "doc", content: [node] });
  console.log(seen ? "valid  " : "refused", name);
  if (seen !== valid) process.exitCode = 1;
}
JS
node check.js
