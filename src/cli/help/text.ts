// What --help prints: of the program its commands, of a command its operands and options. Pure.

import type { Command, ListedCommand, Option } from '../command.ts'
import { COMMANDS } from '../command-list.ts'
import { folded } from '../text/folded.ts'
import { EPILOGUE, HELP_OPTIONS, meaning, type Row, SUMMARY, spellings } from './words.ts'

/** The help of the program, in lines of at most `width` columns. */
export function programHelp(width: number): string {
  const calls = COMMANDS.map(({ name, operands, purpose }): Row => [`${name} ${operands}`, purpose])
  return [
    'Usage: tls-stamp COMMAND [OPTION...]',
    folded(SUMMARY, width, 0),
    `Commands:\n${table([...calls, ['help [COMMAND]', 'show this help, or that of a command']], width)}`,
    `Options:\n${table(HELP_OPTIONS, width)}`,
    ...EPILOGUE.map((paragraph) => folded(paragraph, width, 0)),
  ].join('\n\n')
}

/** The help of a command. */
export function commandHelp(
  listed: ListedCommand,
  { calls = [listed.operands], about, operands, options, notes = [], example }: Command,
  width: number,
): string {
  const usage = calls.map(
    (call, i) => `${i === 0 ? 'Usage:' : '      '} tls-stamp ${listed.name} ${call}`,
  )
  const rows = Object.entries(options).map(([name, option]) => optionRow(name, option))
  return [
    usage.join('\n'),
    ...about.map((paragraph) => folded(paragraph, width, 0)),
    ...(operands.length > 0 ? [table(operands, width)] : []),
    ...notes.map((paragraph) => folded(paragraph, width, 0)),
    `Options:\n${table([...rows, ...HELP_OPTIONS.slice(0, 1)], width)}`,
    folded(`Example: tls-stamp ${listed.name} ${example}`, width, 9),
  ].join('\n\n')
}

function optionRow(name: string, option: Option<unknown>): Row {
  return [spellings(name, option), meaning(option)]
}

/** Titles and meanings in two columns; a title that is too long has a line of its own. */
function table(rows: readonly Row[], width: number): string {
  const widest = Math.min(28, Math.max(...rows.map(([title]) => title.length)))
  const column = widest + 4
  return rows
    .map(([title, meaning]) => {
      const begin = `  ${title.padEnd(widest)}  `
      if (title.length <= widest) return folded(`${begin}${meaning}`, width, column)
      return `  ${title}\n${folded(`${' '.repeat(column)}${meaning}`, width, column)}`
    })
    .join('\n')
}
