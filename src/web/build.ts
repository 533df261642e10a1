// Builds the verifier page: one file that holds its script, its style, Mozilla's roots, a script for openssl and the licences of
// what it contains, and whose security policy allows these and nothing else (Content Security Policy Level 3).

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** What the page is made of. */
export interface PageParts {
  readonly script: string
  readonly style: string
  /** JSON: where the roots are from, since when, and the roots. */
  readonly roots: string
  /** The shell script that checks a statement with openssl, which the page hands to its reader. */
  readonly shell: string
  /** The licences of the packages whose code the script has. */
  readonly licences: string
}

/** What bundle.js has for this. */
interface Bundling {
  readonly licencesOf: (root: string, inputs: readonly string[]) => string
}

/** Builds the page's text from the sources in `folder`, src/web. `date` is the day that it names for its roots. */
export async function buildPage(folder: string, date: Date): Promise<string> {
  const html = readFileSync(join(folder, 'page.html'), 'utf8')
  const root = resolve(folder, '..', '..')
  const { licencesOf }: Bundling = await import(pathToFileURL(join(root, 'bundle.js')).href)
  const script = await bundle(join(folder, 'main.ts'), 'js')
  return assemble(html, {
    script: script.text,
    style: (await bundle(join(folder, 'page.css'), 'css')).text,
    roots: rootsOf(date),
    shell: readFileSync(join(root, 'examples', 'verify-with-openssl.sh'), 'utf8'),
    licences: licencesOf(root, script.inputs),
  })
}

/** Puts the parts in their places. Throws when a place is missing. */
export function assemble(html: string, parts: PageParts): string {
  const { script, style, roots, shell, licences } = parts
  for (const part of Object.values(parts)) {
    if (/<\/(?:script|style)|<!--/i.test(part)) throw new Error('a part would close its element')
  }
  const policy = [
    "default-src 'none'",
    // WebAssembly may be compiled, for hashing; no text may become a script
    `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    'img-src data:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    // No text becomes markup or a script's address, except the worker's
    "require-trusted-types-for 'script'",
    'trusted-types worker',
  ].join('; ')
  const places: readonly (readonly [place: string, content: string])[] = [
    [`content="default-src 'none'"`, `content="${policy}"`],
    ['<link rel="stylesheet" href="page.css">', `<style>${style}</style>`],
    ['id="roots">{}</script>', `id="roots">${roots}</script>`],
    ['id="verify-with-openssl"></script>', `id="verify-with-openssl">${shell}</script>`],
    ['id="licences"></script>', `id="licences">${licences}</script>`],
    ['<script src="main.ts"></script>', `<script>${script}</script>`],
  ]
  return places.reduce((page, [place, content]) => {
    const [before, after, ...more] = page.split(place)
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`expected ${place} once in page.html`)
    }
    return before + content + after
  }, html)
}

/** The text, and the files that are in it, from the root. */
async function bundle(
  entry: string,
  kind: 'js' | 'css',
): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
    ...(kind === 'js' && { platform: 'browser', format: 'iife', target: 'es2022' }),
  })
  const [inputs = []] = Object.values(metafile.outputs).map((output) => Object.keys(output.inputs))
  return { text: outputFiles[0]?.text.trimEnd() ?? '', inputs }
}

function rootsOf(date: Date): string {
  const certificates = rootCertificates.map((pem) => pem.replace(/-----[^-]+-----|\s/g, ''))
  const source = `Node.js ${process.versions.node}`
  return JSON.stringify({ source, date: date.toISOString().slice(0, 10), certificates })
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Gives today, or the day that SOURCE_DATE_EPOCH says, which makes the build reproducible. */
function buildDate(): Date {
  const { SOURCE_DATE_EPOCH } = process.env
  return SOURCE_DATE_EPOCH ? new Date(Number(SOURCE_DATE_EPOCH) * 1000) : new Date()
}

async function run(output: string): Promise<void> {
  const page = await buildPage('src/web', buildDate())
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(output, page)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await run(process.argv[2] ?? 'dist/web/verify.html')
}
