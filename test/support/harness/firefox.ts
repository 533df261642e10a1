// Debian's Firefox, driven over Marionette and watched: what its page requests and what it complains about is written down.

import assert from 'node:assert/strict'
import { program } from '../servers/programs.ts'
import { startChild } from './child.ts'
import { openMarionette } from './marionette.ts'
import { until } from './until.ts'

export interface Firefox {
  /** Opens a page, in the one tab there is. */
  readonly open: (url: string) => Promise<void>
  /** Runs the body of a function in the page, with these arguments, and gives what it returns or resolves to. */
  readonly run: (body: string, ...args: readonly unknown[]) => Promise<unknown>
  /** Types into a field, or gives files to one that takes files. */
  readonly type: (selector: string, text: string) => Promise<void>
  readonly click: (selector: string) => Promise<void>
  /** Resolves once the text of the element holds `wanted`; gives that text. */
  readonly textOf: (selector: string, wanted?: string) => Promise<string>
  /** Makes the page this wide, whatever the window is. */
  readonly setWidth: (pixels: number) => Promise<void>
  /** Gives and forgets what pages have requested over HTTP, or tried to, and what came to the browser's console. */
  readonly noticed: () => Promise<Noticed>
  readonly close: () => Promise<void>
}

export interface Noticed {
  /** Addresses. */
  readonly requests: readonly string[]
  /** Errors and warnings of scripts and styles, and of the security policy. */
  readonly complaints: readonly string[]
}

/** Starts Firefox with a profile of its own; what it saves goes into `downloads`. Throws NotInstalledError without it. */
export async function openFirefox(downloads: string): Promise<Firefox> {
  const child = startChild({
    program: program('firefox'),
    args: ['--headless', '--no-remote', '--marionette', SYSTEM_ACCESS, '--profile', '.'],
    files: { 'user.js': preferences(downloads) },
    env: { MOZ_HEADLESS: '1', MOZ_CRASHREPORTER_DISABLE: '1' },
  })
  const [, port] = await child.line(/Marionette\s+INFO\s+Listening on port (\d+)/)
  const { command, close } = await openMarionette(Number(port))
  await command('WebDriver:NewSession')
  await command('WebDriver:SetTimeouts', { script: PATIENCE, pageLoad: PATIENCE, implicit: 0 })

  const runIn = async (
    context: 'content' | 'chrome',
    body: string,
    args: readonly unknown[],
  ): Promise<unknown> => {
    await command('Marionette:SetContext', { value: context })
    const sandbox = context === 'chrome' ? 'system' : null
    const answer = await command('WebDriver:ExecuteScript', { script: body, args, sandbox })
    return (answer as { readonly value: unknown }).value
  }
  const run: Firefox['run'] = (body, ...args) => runIn('content', body, args)
  const find = async (selector: string): Promise<string> => {
    await command('Marionette:SetContext', { value: 'content' })
    const found = await command('WebDriver:FindElement', { using: 'css selector', value: selector })
    const [id] = Object.values(
      (found as { readonly value: Readonly<Record<string, string>> }).value,
    )
    return id ?? assert.fail(selector)
  }
  await runIn('chrome', WATCH, [])
  return {
    open: async (url) => {
      await command('Marionette:SetContext', { value: 'content' })
      await command('WebDriver:Navigate', { url })
    },
    run,
    type: async (selector, text) => {
      await command('WebDriver:ElementSendKeys', { id: await find(selector), text })
    },
    click: async (selector) => {
      await command('WebDriver:ElementClick', { id: await find(selector) })
    },
    textOf: async (selector, wanted = '') => {
      let text = ''
      await until(async () => {
        text = `${await run('return document.querySelector(arguments[0])?.innerText ?? ""', selector)}`
        return text.includes(wanted)
      }).catch(() => assert.fail(`expected “${wanted}” in ${selector}, got “${text}”`))
      return text
    },
    setWidth: async (pixels) => {
      await runIn('chrome', NARROW, [`${pixels}px`])
      await until(async () => (await run('return innerWidth')) === pixels)
    },
    noticed: async () => (await runIn('chrome', NOTICED, [])) as Noticed,
    close: async () => {
      await command('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => undefined)
      close()
      await child.stop()
    },
  }
}

/** Lets Marionette run scripts in the browser itself, which is where requests and complaints can be watched. */
const SYSTEM_ACCESS = '--remote-allow-system-access'

/** Any free port, files saved without a question, and as little as possible of what the browser does by itself. */
function preferences(downloads: string): string {
  const values = {
    'marionette.port': 0,
    'browser.download.folderList': 2,
    'browser.download.dir': downloads,
    'app.update.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.page': 0,
    'browser.aboutwelcome.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'intl.locale.requested': 'en-GB',
  }
  return Object.entries(values)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')
}

const NARROW = 'gBrowser.selectedBrowser.style.maxWidth = arguments[0]'

/** From here on, requests that the browser does not make of its own accord are kept. */
const WATCH = `
  globalThis.requested = []
  globalThis.observer = {
    observe(channel) {
      const { loadInfo, URI } = channel.QueryInterface(Ci.nsIChannel)
      if (!loadInfo.triggeringPrincipal.isSystemPrincipal) requested.push(URI.spec)
    },
  }
  Services.obs.addObserver(observer, 'http-on-opening-request')
  Services.console.reset()`

const NOTICED = `
  const complaints = Services.console.getMessageArray().flatMap((message) => {
    if (!(message instanceof Ci.nsIScriptError)) return []
    const { category, sourceName, errorMessage } = message
    return /^(?:file|https?|blob):/.test(sourceName) ? [category + ': ' + errorMessage] : []
  })
  Services.console.reset()
  return { requests: requested.splice(0), complaints }`

/** Milliseconds; for machines with much else to do. */
const PATIENCE = 120_000
