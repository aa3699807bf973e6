// Whether everything that is linked or shipped may be, by the lists of deny.toml. Works offline, after a build.
//
// Rust: `cargo tree` for this platform. JavaScript: what clients/package-lock.json says of packages that are not
// for development only. Begins with a test of itself.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

/** The strings of `name = [ … ]` below `[section]` of a TOML file of ours. */
function list(toml, section, name) {
  const lines = toml.split('\n');
  const begin = lines.indexOf(`[${section}]`);
  const after = lines.findIndex((line, at) => at > begin && /^\[/.test(line));
  const text = lines.slice(begin, after < 0 ? undefined : after).join('\n');
  const body = new RegExp(`^${name} = \\[(.*?)^\\]`, 'ms').exec(text);
  if (begin < 0 || !body) throw new Error(`deny.toml has no ${section}.${name}`);
  const values = body[1]
    .split('\n')
    .map((line) => /^\s*(?:\{ (?:crate|name) = )?"([^"]+)"/.exec(line)?.[1]);
  return values.filter((value) => value !== undefined);
}

/** Whether an SPDX expression can be met with the licences that are allowed. `/` is an old way to write OR. */
function isAllowed(expression, allowed) {
  const tokens = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const any = () => {
    let met = all();
    while (tokens[at] === 'OR') {
      at += 1;
      met = all() || met;
    }
    return met;
  };
  const all = () => {
    let met = one();
    while (tokens[at] === 'AND') {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const one = () => {
    if (tokens[at] === '(') {
      at += 1;
      const met = any();
      at += 1;
      return met;
    }
    let name = tokens[at];
    at += 1;
    if (tokens[at] === 'WITH') {
      name = `${name} WITH ${tokens[at + 1]}`;
      at += 2;
    }
    return allowed.has(name);
  };
  const met = any();
  return tokens.length > 0 && at === tokens.length && met;
}

function testItself() {
  const allowed = new Set(['MIT', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception']);
  const cases = [
    ['MIT', true],
    ['GPL-3.0-only', false],
    ['MIT OR GPL-3.0-only', true],
    ['MIT AND GPL-3.0-only', false],
    ['(MIT OR GPL-3.0-only) AND Apache-2.0', true],
    ['GPL-3.0-only OR (MIT AND AGPL-3.0-only)', false],
    ['MIT/Apache-2.0', true],
    ['Apache-2.0 WITH LLVM-exception', true],
    ['GPL-2.0 WITH Classpath-exception-2.0', false],
    ['MIT MIT', false],
    ['', false],
  ];
  for (const [expression, expected] of cases) {
    if (isAllowed(expression, allowed) !== expected) throw new Error(`misjudged: ${expression}`);
  }
}

/** What is linked or runs at build time; `cargo tree` tells which features really are on. */
function rustPackages() {
  const flags = ['tree', '--locked', '--workspace', '-e', 'normal,build'];
  const format = ['--prefix', 'none', '--format', '{p}|{l}'];
  const lines = execFileSync('cargo', [...flags, ...format], { cwd: root, encoding: 'utf8' });
  const packages = [...new Set(lines.split('\n'))].filter((line) => line.includes('|'));
  return packages.map((line) => {
    const [, name, version, license] = /^(\S+) v(\S+).*\|(.*?)(?: \(\*\))?$/.exec(line);
    return { name, version, license };
  });
}

function clientPackages() {
  const { packages } = JSON.parse(read('clients/package-lock.json'));
  const shipped = Object.entries(packages).filter(
    ([path, it]) => path.includes('node_modules/') && !it.link && !it.dev && !it.devOptional,
  );
  return shipped.map(([path, it]) => ({
    name: path.replace(/^.*node_modules\//, ''),
    version: it.version,
    license: it.license,
  }));
}

testItself();
const deny = read('deny.toml');
const allowed = new Set(list(deny, 'licenses', 'allow'));
const banned = new Set(list(deny, 'bans', 'deny'));
const rust = rustPackages();
const clients = clientPackages();
const wrong = new Set([
  ...[...rust, ...clients]
    .filter((it) => !isAllowed(it.license ?? '', allowed))
    .map((it) => `${it.name} ${it.version}: its licence is ${it.license ?? 'not named'}`),
  ...rust
    .filter((it) => banned.has(it.name))
    .map((it) => `${it.name} ${it.version}: banned by deny.toml, which says why`),
]);
if (rust.length < 100 || allowed.size < 5 || banned.size < 3) throw new Error('nothing was read');
console.log([...wrong].join('\n') || `${rust.length} crates and ${clients.length} npm packages are fine.`);
process.exit(wrong.size > 0 ? 1 : 0);
