/** `npm run bench [-- <name> …]`: runs the benches of this folder, all or those that are named. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -'.bench.mjs'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`there is no bench '${unknown[0]}'; there are: ${known.join(', ')}`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : known) await import(path.join(import.meta.dirname, `${name}.bench.mjs`));
