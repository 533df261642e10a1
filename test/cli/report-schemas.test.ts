// schema/probe-report and schema/session-report, held against what probe and handshake print, and against everything one
// member off it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { PATH_CODES } from '../../src/x509/path-code.ts'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { refuses, startHostileServer } from '../support/servers/hostile-server.ts'
import { takesOnly } from '../support/servers/picky-script.ts'
import {
  type EndEntity,
  endEntities,
  type ListenerServer,
  startBunServer,
} from '../support/servers/servers.ts'

type Json = Record<string, unknown>

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['localhost'] })
const [endEntity] = endEntities(pki) as [EndEntity]
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false })
const schemaOf = (name: string): Json =>
  JSON.parse(readFileSync(repositoryPath(`schema/${name}.schema.json`), 'utf8'))
const [probeSchema, sessionSchema] = [schemaOf('probe-report'), schemaOf('session-report')]
const isProbe = ajv.compile(probeSchema)
const isSession = ajv.compile(sessionSchema)

let at: Workspace
let bun: ListenerServer

before(async () => {
  at = openWorkspace({ 'ca.pem': pki.root.pem })
  bun = await startBunServer({ endEntity })
})

after(async () => {
  at.remove()
  await bun.stop()
})

async function printed(...args: readonly string[]): Promise<Json> {
  return JSON.parse((await at.run([...args, '--json'])).stdout)
}

function accept(validate: ValidateFunction, report: Json): void {
  assert.ok(validate(report), ajv.errorsText(validate.errors))
}

/** Each member of every object within is missing, of another type, or has a neighbour that nobody knows. */
function refuseChanges(validate: ValidateFunction, report: Json): number {
  let count = 0
  const refuse = (change: () => void, undo: () => void, what: string): void => {
    change()
    assert.ok(!validate(report), what)
    undo()
    count++
  }
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const [n, one] of value.slice(0, 4).entries()) visit(one, `${path}/${n}`)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const own = value as Json
    for (const [name, old] of Object.entries(own)) {
      const put = (): void => {
        own[name] = old
      }
      const what = `${path}/${name}`
      if (!OPTIONAL.has(name)) refuse(() => delete own[name], put, `without ${what}`)
      refuse(() => (own[name] = { odd: 1 }), put, `another ${what}`)
      visit(old, what)
    }
    refuse(
      () => (own.unknown = 1),
      () => delete own.unknown,
      `more in ${path}`,
    )
  }
  visit(report, '')
  accept(validate, report)
  return count
}

const OPTIONAL: ReadonlySet<string> = new Set(['meaning', 'fields', 'error', 'environment'])

describe('the schema of a probe', () => {
  test('describes servers that can be both, one or nothing, asked for everything or quickly', async () => {
    const trust = ['--ca', 'ca.pem', '--pause', '0']
    const both = await printed('probe', 'localhost', `${bun.port}`, ...trust)
    assert.deepEqual([both.witness, (both.tls13 as Json).guard], [true, true])
    accept(isProbe, both)
    assert.ok(refuseChanges(isProbe, both) > 100)
    accept(isProbe, await printed('probe', 'localhost', `${bun.port}`, '--quick', '--pause', '0'))
    await using noClock = await startHostileServer(takesOnly({ endEntity, clock: () => undefined }))
    accept(isProbe, await printed('probe', 'localhost', `${noClock.port}`, ...trust, '--quick'))
    await using refusing = await startHostileServer(refuses(40))
    accept(isProbe, await printed('probe', 'localhost', `${refusing.port}`, ...trust))
  })
})

describe('the schema of a session', () => {
  const shake = (port: number, ...args: readonly string[]): Promise<Json> =>
    printed('handshake', 'localhost', `${port}`, '--ca', 'ca.pem', ...args)

  test('describes complete handshakes of each kind, with and without an answer', async () => {
    for (const args of [['--tls', '1.2'], ['--tls', '1.3'], ['--request']]) {
      const report = await shake(bun.port, ...args)
      accept(isSession, report)
      assert.ok(refuseChanges(isSession, report) > 60)
    }
  })

  test('describes what there is of one that failed, and no half of one', async () => {
    await using refusing = await startHostileServer(refuses(40))
    const report = await shake(refusing.port)
    accept(isSession, report)
    assert.deepEqual(Object.keys(report).sort(), ['error', 'messages'])
    const { error, ...without } = report
    assert.ok(error && !isSession(without))
    assert.ok(!isSession({ ...report, host: 'localhost' }))
  })
})

test('both schemas list the codes of path validation', () => {
  const enumOf = (schema: Json, definition: string): readonly string[] => {
    const found = (schema.$defs as Record<string, { properties: { code: { enum: string[] } } }>)[
      definition
    ]
    return found?.properties.code.enum ?? []
  }
  assert.deepEqual(enumOf(probeSchema, 'certificates'), ['trusted', ...Object.keys(PATH_CODES)])
  for (const code of Object.keys(PATH_CODES)) {
    assert.ok(enumOf(sessionSchema, 'check').includes(code), code)
  }
})
