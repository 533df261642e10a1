// The built-in list of witnesses as text: its evidence, or what each host answered now. Pure.

import { counted, listed, printable } from '../../encoding/index.ts'
import type { ProbeReport } from '../../probe/index.ts'
import type { KnownWitness } from '../../verify/index.ts'
import { paint } from '../terminal.ts'
import { distance, remaining } from './probe.ts'

/** What came of asking a host; null stands for what it did not show. */
export interface WitnessAnswer extends Pick<ProbeReport, 'witness' | 'reasons' | 'certificates'> {
  readonly clock: ProbeReport['clock'] | null
}

export interface AskedWitness extends KnownWitness {
  readonly probe: WitnessAnswer
}

/** Every host with its evidence, by operator, and the sources below. */
export function renderKnown(known: readonly KnownWitness[]): string {
  const sources = [
    ...new Set(known.flatMap(({ evidence }) => evidence.map(({ source }) => source))),
  ]
  const blocks = byOperator(known).map(([operator, hosts]) => [
    operator,
    ...hosts.flatMap(({ host, library, evidence }) => [
      line(host, library),
      ...evidence.map(({ what, when, source }) =>
        line('', `${when}: ${what} [${sources.indexOf(source) + 1}]`),
      ),
    ]),
  ])
  return [
    ...blocks.map((lines) => lines.join('\n')),
    sources.map((source, i) => `[${i + 1}] ${source}`).join('\n'),
    'Nobody asked these hosts for this list; tls-stamp witnesses --probe asks them now.',
  ].join('\n\n')
}

/** Every host with what it answered, by operator; the last line says whose hosts can sign. */
export function renderAsked(asked: readonly AskedWitness[]): string {
  const operators = byOperator(asked)
  const blocks = operators.map(([operator, hosts]) =>
    [operator, ...hosts.flatMap(({ host, probe }) => renderAnswer(host, probe))].join('\n'),
  )
  const able = operatorsThatSign(asked)
  const count = `${able.length} of ${counted(operators.length, 'operator')} can sign now`
  const verdict = able.length > 0 ? `${count}: ${listed(able)}` : count
  return [...blocks, paint(able.length >= 2 ? 'green' : 'red', verdict)].join('\n\n')
}

/** The operators of which a host at least can sign. */
export function operatorsThatSign(asked: readonly AskedWitness[]): readonly string[] {
  const able = asked.filter(({ probe }) => probe.witness)
  return [...new Set(able.map(({ operator }) => operator))]
}

function renderAnswer(
  host: string,
  { witness, reasons, clock, certificates }: WitnessAnswer,
): string[] {
  const verdict = witness ? paint('green', 'can sign') : paint('red', 'cannot sign')
  const why = reasons.map(({ message }) => printable(message)).join('; ')
  const facts = [
    ...(clock?.offset == null ? [] : [`clock ${distance(clock.offset)}`]),
    ...(certificates?.trusted ? [`path valid, ${remaining(certificates.daysLeft ?? 0)}`] : []),
  ]
  return [
    line(host, why === '' ? verdict : `${verdict}: ${why}`),
    ...(facts.length > 0 ? [line('', facts.join('; '))] : []),
  ]
}

function line(host: string, text: string): string {
  return `  ${host.padEnd(HOST_WIDTH)}  ${text}`
}

function byOperator<Known extends KnownWitness>(
  known: readonly Known[],
): readonly (readonly [operator: string, hosts: readonly Known[]])[] {
  const operators = [...new Set(known.map(({ operator }) => operator))]
  return operators.map((operator) => [operator, known.filter((one) => one.operator === operator)])
}

/** Columns. */
const HOST_WIDTH = 24
