// The man page, made from the same words as the help (man-pages(7), groff_man(7)).

import { version } from '../../version.ts'
import type { Command, ListedCommand } from '../command.ts'
import { COMMANDS } from '../command-list.ts'
import {
  ENVIRONMENT,
  EXIT_CODES,
  HELP_OPTIONS,
  meaning,
  type Row,
  SUMMARY,
  spellings,
} from './words.ts'

/** The page as roff with the macros of man. */
export async function manPage(): Promise<string> {
  const commands = await Promise.all(
    COMMANDS.map(async (listed) => commandSection(listed, await listed.load())),
  )
  return [
    `.TH TLS\\-STAMP 1 "" "tls\\-stamp ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    'tls\\-stamp \\- have TLS servers sign files together with their clock',
    '.SH SYNOPSIS',
    ...COMMANDS.flatMap(({ name, operands }) => [
      `.B tls\\-stamp ${name}`,
      escaped(operands),
      '.br',
    ]),
    '.B tls\\-stamp help',
    '[COMMAND]',
    '.SH DESCRIPTION',
    escaped(SUMMARY),
    '.SH COMMANDS',
    ...commands.flat(),
    '.SH OPTIONS',
    'Every command has these as well.',
    ...HELP_OPTIONS.flatMap(tagged),
    '.SH ENVIRONMENT',
    escaped(ENVIRONMENT),
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(tagged),
    '',
  ].join('\n')
}

function commandSection(
  listed: ListedCommand,
  { calls = [listed.operands], about, operands, notes = [], options, example }: Command,
): readonly string[] {
  return [
    `.SS tls\\-stamp ${listed.name}`,
    ...calls.flatMap((call) => [`.B tls\\-stamp ${listed.name}`, escaped(call), '.br']),
    ...about.flatMap(paragraph),
    ...operands.flatMap(tagged),
    ...notes.flatMap(paragraph),
    ...Object.entries(options).flatMap(([name, option]) =>
      tagged([spellings(name, option).trimStart(), meaning(option)]),
    ),
    ...paragraph('Example:'),
    '.EX',
    escaped(`tls-stamp ${listed.name} ${example}`),
    '.EE',
  ]
}

function paragraph(text: string): readonly string[] {
  return ['.PP', escaped(text)]
}

/** A paragraph behind a title. */
function tagged([title, text]: Row): readonly string[] {
  return ['.TP', `.B ${escaped(title.trimStart())}`, escaped(text)]
}

/** Text in which roff finds nothing to do: hyphens are those that are typed, and no line begins a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replace(/^\./, '\\&.')
}
