// What can still be read of a statement that is none any more, cut off or changed by hand: its rounds.

import { fromBase64 } from '../encoding/index.ts'
import type { VerifySignature } from '../signature/index.ts'
import {
  MAX_ALL_ROUNDS,
  MAX_ROUNDS,
  MAX_STATEMENT,
  MESSAGE_NAMES,
  type MessageName,
} from '../statement/index.ts'
import { parseHost } from '../x509/index.ts'
import { inspectChain, type Remains, type StatementReport, withinBudget } from './statement.ts'

/**
 * The rounds that can be read in what is no statement any more: cut, or changed by hand. Undefined when there is none.
 * A round without a ServerHello is left out.
 */
export function inspectRemains(
  bytes: Uint8Array,
  verify: VerifySignature,
): StatementReport | undefined {
  if (bytes.length > MAX_STATEMENT) return undefined
  const chains = salvageChains(new TextDecoder().decode(bytes))
  const bounded = withinBudget(verify)
  const [own, ...renewals] = chains.map((rounds) => {
    return inspectChain({ rounds }, bounded, () => 'unknown')
  })
  return own && { statement: null, ...own, renewals }
}

type Salvaged = { host?: string; port?: number } & { [Name in MessageName]?: Uint8Array }

/** Members as they are written, in order: "rounds" begins a chain, and each ClientHello a round. */
function salvageChains(text: string): readonly (readonly Remains[])[] {
  const chains: Salvaged[][] = []
  let where: Salvaged = {}
  let count = 0
  for (const [, name = '', quoted, number] of text.matchAll(MEMBER)) {
    if (name === 'rounds') chains.push([])
    else if (name === 'host') where = { ...hostOf(quoted) }
    else if (name === 'port') where = { ...where, port: Number(number) }
    else if (beginsRound(name, chains.at(-1)?.at(-1))) {
      if (chains.length === 0) chains.push([])
      if (count === MAX_ALL_ROUNDS || chains.at(-1)?.length === MAX_ROUNDS) break
      count++
      chains.at(-1)?.push(where.host !== undefined && where.port !== undefined ? where : {})
      where = {}
    }
    const rounds = chains.at(-1) ?? []
    const round = rounds.at(-1)
    if (!round || !isMessageName(name)) continue
    const message =
      number === undefined ? fromBase64(quoted ?? '') : rounds[Number(number)]?.certificate
    if (message) round[name] = message
  }
  return chains
    .map((rounds) => rounds.filter(({ serverHello }) => serverHello))
    .filter(({ length }) => length > 0)
}

function hostOf(text = ''): Salvaged {
  const parsed = parseHost(text)
  return parsed?.name === text ? { host: text } : {}
}

/** A round's first message is its ClientHello, or after a HelloRetryRequest the one before. */
function beginsRound(name: string, round: Salvaged | undefined): boolean {
  if (name === 'firstClientHello') return true
  return name === 'clientHello' && (!round?.firstClientHello || round.clientHello !== undefined)
}

function isMessageName(name: string): name is MessageName {
  return MESSAGE_NAMES.some((each) => each === name)
}

const MEMBER = new RegExp(
  `"(rounds|host|port|${MESSAGE_NAMES.join('|')})"\\s{0,8}:\\s{0,8}(?:"([A-Za-z0-9+/.:_-]+={0,2})"|(\\d{1,5})|\\[)`,
  'g',
)
