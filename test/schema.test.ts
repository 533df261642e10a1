// The published JSON Schemas describe what the code reads and writes, and nothing else.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { describeStatus, type StatementStatus } from '../src/cli/text/status.ts'
import { renderJson } from '../src/encoding/json.ts'
import { verifyStatement } from '../src/index.ts'
import { decodeStatement } from '../src/statement/decode.ts'
import { verifySignatureNative } from '../src/system/signature.ts'
import { CHECKS, type Report, SENTENCES } from '../src/verify/report.ts'
import { PATH_CODES } from '../src/x509/path-code.ts'
import { repositoryPath } from './support/harness/repository.ts'
import {
  type NamedVector,
  readVectors,
  statementBytes,
  verifyOptions,
} from './support/harness/vector.ts'

type Json = Record<string, unknown>

const schemaOf = (name: string): Json =>
  JSON.parse(readFileSync(repositoryPath(`schema/${name}.schema.json`), 'utf8')) as Json
const statementSchema = schemaOf('signed-statement')
const reportSchema = schemaOf('report')
const statusSchema = schemaOf('status-report')
// Strict mode wants each "items" and "required" beside its own "type", which conditions have not.
const ajv = new Ajv2020({
  allErrors: false,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
})
const isStatement = ajv.compile(statementSchema)
const isReport = ajv.compile(reportSchema)
const isStatus = ajv.compile(statusSchema)

const vectors = readVectors()
const judged = vectors.filter(({ expected }) => 'checks' in expected)
const reports = judged.map((vector): [string, Json] => [vector.name, reportOf(vector)])

describe('the schema of the statement', () => {
  test('accepts every statement of the vectors', () => {
    for (const vector of judged) accept(isStatement, parsed(vector), vector.name)
  })

  test('refuses each vector with a value that the format does not allow, but for the listed ones', () => {
    const accepted = vectors.filter((vector) => {
      const { expected } = vector
      if (!('error' in expected) || expected.error === 'not-canonical') return false
      const json = tryParsed(vector)
      return json !== undefined && isStatement(json)
    })
    assert.deepEqual(
      accepted.map(({ name }) => name.replace(/^undecodable-/, '')),
      [...BEYOND],
    )
  })

  test('refuses each member of a wrong type, missing or added', () => {
    for (const name of ['inclusion-proof-other-size', 'renewed', 'blind-list']) {
      const vector = judged.find((each) => each.name === `passes-${name}`)
      assert(vector, name)
      refuseMutations(isStatement, parsed(vector))
    }
  })
})

describe('the schema of the report', () => {
  test('accepts the report on every vector', () => {
    for (const [name, report] of reports) accept(isReport, report, name)
  })

  test('refuses each member of a wrong type, missing or added', () => {
    for (const wanted of ['passes-list', 'passes-renewed', 'fails-anchor-stored-and-none-given']) {
      const report = reports.find(([name]) => name === wanted)?.[1]
      assert(report, wanted)
      refuseMutations(isReport, report)
    }
  })

  test('refuses checks in another order, or one too few', () => {
    const report = reports[0]?.[1]
    const checks = report?.checks as unknown[]
    assert(!isReport({ ...report, checks: [...checks].reverse() }))
    assert(!isReport({ ...report, checks: checks.slice(1) }))
    assert(!isReport({ ...report, checks: [...checks, checks[0]] }))
  })

  test('lists the checks and the codes of the code', () => {
    const { check } = reportSchema.$defs as { check: { properties: Record<string, Json> } }
    const { id, code } = check.properties
    assert.deepEqual(id?.enum, Object.keys(CHECKS))
    const codes = new Set([...Object.keys(SENTENCES), ...Object.keys(PATH_CODES)])
    assert.deepEqual(new Set(code?.enum as string[]), codes)
  })
})

describe('the schema of the status', () => {
  // Before, within and after the last 30 days of most certificates
  const moments = ['2026-02-01', '2026-03-15', '2030-01-01'].map((day) => new Date(day))
  const statuses = judged.flatMap((vector) => {
    const report = fullReportOf(vector)
    return moments.map((now): StatementStatus => {
      return describeStatus(vector.name, report, { now, within: 30 })
    })
  })
  const unreadable: StatementStatus = { statement: 'x', state: 'unreadable', message: 'no file' }
  const json = (...all: readonly StatementStatus[]): Json[] => JSON.parse(renderJson(all))
  const inState = (state: StatementStatus['state']): StatementStatus => {
    const found = statuses.find((status) => status.state === state)
    assert(found, state)
    return found
  }

  test('accepts the status of every vector, alone and with the others', () => {
    for (const status of statuses) accept(isStatus, json(status), status.statement)
    accept(isStatus, json(unreadable, ...statuses), 'all')
    assert(!isStatus([]))
  })

  test('refuses each member of a wrong type, missing or added', () => {
    const all = (['good', 'due', 'ended', 'unverified'] as const).map(inState)
    const renewed = statuses.find((status) => 'renewed' in status && status.renewed.length > 0)
    assert(renewed)
    refuseMutations(isStatus, json(...all, renewed, unreadable))
  })

  test('holds what is good to be verified, with an end to its certificates', () => {
    const [good] = json(inState('good'))
    for (const change of [
      { verdict: 'failed' },
      { message: 'not good' },
      { ends: [] },
      { daysLeft: null },
      { state: 'unreadable' },
    ]) {
      assert(!isStatus([{ ...good, ...change }]), JSON.stringify(change))
    }
  })
})

describe('all three schemas', () => {
  for (const [name, schema] of [
    ['signed-statement', statementSchema],
    ['report', reportSchema],
    ['status-report', statusSchema],
  ] as const) {
    test(`describe each member of ${name}`, () => {
      for (const [path, member] of membersOf(schema)) {
        assert(typeof member.description === 'string' && member.description !== '', path)
      }
    })
  }
})

function accept(validate: ValidateFunction, json: unknown, name: string): void {
  assert(validate(json), `${name}: ${ajv.errorsText(validate.errors)}`)
}

/** Every member replaced by values of other types, left out, and an unknown one put beside it. */
function refuseMutations(validate: ValidateFunction, json: unknown): void {
  assert(validate(json))
  let tried = 0
  for (const [path, mutated] of mutationsOf(json)) {
    assert(!validate(mutated), path)
    tried++
  }
  assert(tried > 50)
}

function* mutationsOf(value: unknown, path = ''): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const [where, changed] of mutationsOf(item, `${path}[${i}]`)) {
        yield [where, value.with(i, changed)]
      }
    }
  } else if (typeof value === 'object' && value !== null) {
    const json = value as Json
    yield [`${path}.unknown`, { ...json, unknown: '' }]
    for (const [name, member] of Object.entries(json)) {
      const { [name]: _, ...rest } = json
      if (!OPTIONAL.has(name)) yield [`${path}.${name} missing`, rest]
      yield [`${path}.${name} = 0.5`, { ...json, [name]: 0.5 }]
      yield [`${path}.${name} = {}`, { ...json, [name]: {} }]
      yield [`${path}.${name} = [0]`, { ...json, [name]: [0] }]
      for (const [where, changed] of mutationsOf(member, `${path}.${name}`)) {
        yield [where, { ...json, [name]: changed }]
      }
    }
  }
}

/** The subschemas under "properties", wherever they are. */
function* membersOf(schema: unknown, path = ''): Generator<[string, Json]> {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    const constraining = /\.(?:prefixItems|if|then|dependentSchemas)\b/.test(path)
    if (key === 'properties' && !constraining) {
      for (const [name, member] of Object.entries(value as Json)) {
        yield [`${path}.${name}`, member as Json]
      }
    }
    yield* membersOf(value, `${path}.${key}`)
  }
}

function parsed(vector: NamedVector): Json {
  return JSON.parse(new TextDecoder().decode(statementBytes(vector))) as Json
}

function tryParsed(vector: NamedVector): Json | undefined {
  try {
    return JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(statementBytes(vector)),
    ) as Json
  } catch {
    return undefined
  }
}

function reportOf(vector: NamedVector): Json {
  return JSON.parse(renderJson(fullReportOf(vector))) as Json
}

function fullReportOf(vector: NamedVector): Report {
  const statement = decodeStatement(statementBytes(vector))
  const options = { ...verifyOptions(vector), verifySignature: verifySignatureNative }
  return verifyStatement(statement, options)
}

const OPTIONAL: ReadonlySet<string> = new Set([
  'inclusionProof',
  'certificateStatus',
  'salts',
  'trustAnchors',
  'renewals',
])

/** What a schema can't say: lengths in UTF-8, Unicode, one number below another, calendars, the text of addresses. */
const BEYOND: readonly string[] = [
  'date-impossible',
  'host-address-mapped',
  'lone-surrogate-in-tool',
  'lone-surrogate',
  'long-anchor',
  'long-ipv6-host',
  'long-name',
  'proof-index-beyond-size',
  'reference-to-itself',
  'salts-too-few',
  'salts-too-many',
  'too-many-rounds-in-all',
]
