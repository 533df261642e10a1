// The verifier page in Debian's Chromium, watched: what it requests and what it complains about is written down.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { buildPage } from '../../../src/web/build.ts'
import { program } from '../servers/programs.ts'
import { repositoryPath } from './repository.ts'

/** A folder with the page and other files, and a browser. */
export interface PageHost {
  readonly browser: Browser
  readonly folder: string
  /** Writes a file beside the page and gives its path. */
  readonly write: (name: string, content: string | Uint8Array) => string
  /** Opens the page, from its file unless another address is given. */
  readonly open: (options?: BrowserContextOptions, url?: string) => Promise<Page>
  /** Closes all pages that are open. Asserts that none asked anything of anybody and that nothing went wrong in one. */
  readonly closePages: () => Promise<void>
  readonly close: () => Promise<void>
}

interface WatchedPage {
  readonly page: Page
  /** Addresses, except the page's own and its worker's. */
  readonly requests: readonly string[]
  /** What came to the console, and exceptions. */
  readonly complaints: readonly string[]
  readonly close: () => Promise<void>
}

/** Throws NotInstalledError without Chromium. */
export async function openPageHost(): Promise<PageHost> {
  // Loaded here, since it takes long, and most runs have no browser.
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath: program('chromium') })
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-web-'))
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const own = pathToFileURL(write('verify.html', await builtPage())).href
  let pages: WatchedPage[] = []
  return {
    browser,
    folder,
    write,
    open: async (options, url = own) => {
      const watched = await openWatched(browser, url, options)
      pages.push(watched)
      return watched.page
    },
    closePages: async () => {
      const watched = pages
      pages = []
      for (const { requests, complaints, close } of watched) {
        await close()
        assert.deepEqual(requests, [])
        assert.deepEqual(complaints, [])
      }
    },
    close: async () => {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Gives a file of this content by the field that a selector finds. */
export async function giveFile(
  page: Page,
  field: string,
  name: string,
  content: Uint8Array | string,
): Promise<void> {
  const file = { name, mimeType: 'text/plain', buffer: Buffer.from(content) }
  await page.setInputFiles(field, file)
}

/** Accepts these witnesses and trusts the root in the file of this path, as its reader would. */
export async function acceptWitnesses(
  page: Page,
  hosts: readonly string[],
  anchors: string,
): Promise<void> {
  await page.locator('#policy > summary').click()
  await page.getByLabel('Accepted witnesses').fill(hosts.join('\n'))
  await page.setInputFiles('#choose-anchors', anchors)
  await page.getByText('1 certificate', { exact: true }).waitFor()
  await page.locator('#policy > summary').click()
}

/** Has the statement verified alone, so that it can pass without a file. */
export async function judgeAlone(page: Page): Promise<void> {
  await page.getByLabel(/^Verify the statement alone/).check()
}

/** The page from these sources. */
export function builtPage(): Promise<string> {
  return buildPage(dirname(repositoryPath('src/web/page.html')), new Date('2026-01-02T03:04:05Z'))
}

/** Keeps a picture of the page, all of it or down to `bottom`, in TLS_STAMP_SCREENSHOTS or dist/web/screenshots. */
export async function keepScreenshot(page: Page, name: string, bottom?: number): Promise<void> {
  const beside = join(dirname(repositoryPath('package.json')), 'dist', 'web', 'screenshots')
  const folder = process.env.TLS_STAMP_SCREENSHOTS ?? beside
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.png`)
  const { width = 0 } = page.viewportSize() ?? {}
  const clip = bottom === undefined ? {} : { clip: { x: 0, y: 0, width, height: bottom } }
  await page.screenshot({ path, fullPage: true, ...clip })
}

/** What axe-core objects to: the rule, and where. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'))
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly {
      readonly target: readonly string[]
      readonly failureSummary: string
    }[]
  }[]
}

async function openWatched(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
  // For a page that hangs: what it does takes seconds at most, on a machine with time to spare.
  context.setDefaultTimeout(120_000)
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  const origin = url.startsWith('file:') ? 'null' : new URL(url).origin
  context.on('request', (request) => {
    const address = request.url()
    if (address !== url && !address.startsWith(`blob:${origin}/`)) requests.push(address)
  })
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  await page.goto(url)
  return { page, requests, complaints, close: () => context.close() }
}

/** Milliseconds; for machines with much else to do. */
const PATIENCE = 60_000
