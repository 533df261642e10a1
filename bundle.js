// Bundles the command line into a few files that a person can read and Node.js loads quickly, with the licences of the packages
// in them.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Script } from 'node:vm'
import * as esbuild from 'esbuild'

/** How the command line is bundled; the tests bundle it so too, to see what is in it. */
export const COMMAND_LINE = {
  entryPoints: ['src/cli/compile-cache.ts', 'src/cli/run.ts'],
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  entryNames: '[name]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  charset: 'utf8',
  alias: {
    'string-width': './src/cli/text-width.ts',
    '@noble/hashes/sha2.js': './src/system/sha2.ts',
  },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  write: false,
}

/** Writes the bundle of the command line into dist/cli below `root`. */
export async function bundleCommandLine(root) {
  const { outputFiles, metafile } = await esbuild.build({ ...COMMAND_LINE, absWorkingDir: root })
  const outputs = Object.entries(metafile.outputs)
  const names = nameChunks(outputs)
  const folder = join(root, COMMAND_LINE.outdir)
  mkdirSync(folder, { recursive: true })
  for (const { path, text } of outputFiles) {
    const renamed = text.replace(
      /(?<=")\.\/([\w-]+\.cjs)(?=")/g,
      (_, name) => `./${names.get(name) ?? name}`,
    )
    const name = names.get(basename(path))
    writeFileSync(join(folder, name), toCommonJs(name, renamed))
  }
  const inputs = outputs.flatMap(([, output]) => inputsOf(output))
  writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(root, inputs))
}

/** The files of which an output of esbuild has code. */
export function inputsOf({ inputs }) {
  return Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)
}

/** Names each file of the bundle: an entry by its module, a shared part by what most of its code is. */
function nameChunks(outputs) {
  const names = new Map()
  const taken = new Set()
  // Entries have the first pick
  const inOrder = outputs.toSorted(([, a], [, b]) => Number(!a.entryPoint) - Number(!b.entryPoint))
  for (const [path, output] of inOrder) {
    const wanted = output.entryPoint ? basename(output.entryPoint, '.ts') : nameOfShared(output)
    let name = wanted
    for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`
    taken.add(name)
    names.set(basename(path), `${name}.cjs`)
  }
  return names
}

/** The file that most of a part's code is from, or the folder when it has code from several; what esbuild adds is from none. */
function nameOfShared({ inputs }) {
  const sizes = Object.entries(inputs).map(([path, { bytesInOutput }]) => [
    path.replace(/^(?:src|node_modules)\//, '').replace(/\.\w+$/, ''),
    bytesInOutput,
  ])
  const folders = largestFirst(sizes.map(([path, size]) => [path.split('/')[0], size]))
  const [name = 'esbuild'] = folders.length === 1 ? largestFirst(sizes) : folders
  return `shared-${name.replaceAll('/', '-')}`
}

/** The names with the largest sums of sizes. */
function largestFirst(sizes) {
  const sums = new Map()
  for (const [name, size] of sizes) sums.set(name, (sums.get(name) ?? 0) + size)
  return [...sums].sort(([, a], [, b]) => b - a).map(([name]) => name)
}

/**
 * Rewrites an ES module that esbuild has written, whose imports and exports stand at the start of a line, to CommonJS: Node.js 20
 * takes a third longer to load the same as ES modules. Throws SyntaxError if something is left of them.
 */
function toCommonJs(name, code) {
  const rewritten = code
    .replace(
      /^import \{([^}]*)\} from (".*");$/gm,
      (_, list, path) => `const {${pairs(list, '$1: $2')}} = require(${path});`,
    )
    .replace(/^import (?:\* as )?(\w+) from (".*");$/gm, 'const $1 = require($2);')
    .replace(/^import (".*");$/gm, 'require($1);')
    .replace(/^export \{([^}]*)\};$/gm, (_, list) => `module.exports = {${pairs(list, '$2: $1')}};`)
    .replace(/\bimport\((".*?")\)/g, 'Promise.resolve().then(() => require($1))')
    .replaceAll('import.meta.resolve', 'require.resolve')
    .replaceAll('import.meta.url', 'require("node:url").pathToFileURL(__filename).href')
  const script = `"use strict";\n${rewritten}`
  new Script(`(function (exports, require, module, __filename, __dirname) {${script}\n})`, {
    filename: name,
  })
  return script
}

function pairs(list, form) {
  return list.replace(/(\w+) as (\w+)/g, form)
}

/** The licence of each package that these files are from. */
export function licencesOf(root, inputs) {
  const packages = inputs.map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  const texts = [...new Set(packages)]
    .filter(Boolean)
    .sort()
    .map((path) => licenceOf(join(root, path)))
  return `tls-stamp contains code of these packages.\n${texts.join('')}`
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((each) => /^licen[cs]e(?:\.\w+)?$/i.test(each))
  if (file === undefined) throw new Error(`expected ${folder} to have a licence`)
  const text = readFileSync(join(folder, file), 'utf8').trim()
  return `\n${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`
}
