// Compares jinja2's renderings (chat_templates.json, by chat_template_reference.py) with those of npm's @huggingface/jinja.
// usage: npm install @huggingface/jinja; node chat_template_reference.mjs chat_templates.json FOLDER_OF_TEMPLATES
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Template } = createRequire(join(process.cwd(), "x.js"))("@huggingface/jinja");
const [vectorFile, folder] = process.argv.slice(2);
const vectors = JSON.parse(readFileSync(vectorFile, "utf8"));
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length > 0 ? parts : [vectors.now]));
  }
};

let same = 0;
const differing = [];
for (const [name, { outcomes, ...tokens }] of Object.entries(vectors.templates)) {
  outcomes.forEach((expected, i) => {
    const { name: title, data } = vectors.cases[i];
    let found;
    try {
      const template = new Template(readFileSync(join(folder, `${name}.jinja`), "utf8"));
      found = template.render({ ...data, ...tokens });
    } catch (error) {
      found = { error: error.message };
    }
    const agrees = typeof found === "string" ? found === expected.output : expected.output === undefined;
    if (agrees) same++;
    else differing.push(`${name} / ${title}: jinja2 ${JSON.stringify(expected).slice(0, 160)}, @huggingface/jinja ${JSON.stringify(found).slice(0, 160)}`);
  });
}
console.log(`${same} agree, ${differing.length} differ`);
for (const line of differing) console.log(line);
