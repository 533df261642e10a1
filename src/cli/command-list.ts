// The commands that there are; a command's own code is loaded when it is called.

import type { ListedCommand } from './command.ts'

export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'sign',
    operands: '[HOST PORT] FILE...',
    purpose: 'have servers sign files',
    load: () => import('./commands/sign.ts').then(({ sign }) => sign),
  },
  {
    name: 'verify',
    operands: 'STATEMENT [FILE...]',
    purpose: 'verify a statement, and compare files with it',
    load: () => import('./commands/verify.ts').then(({ verify }) => verify),
  },
  {
    name: 'extract',
    operands: 'STATEMENT NAME...',
    purpose: 'extract a statement for one of many files',
    load: () => import('./commands/extract.ts').then(({ extract }) => extract),
  },
  {
    name: 'renew',
    operands: 'STATEMENT [HOST PORT]',
    purpose: 'have servers sign a statement again before it expires',
    load: () => import('./commands/renew.ts').then(({ renew }) => renew),
  },
  {
    name: 'status',
    operands: 'STATEMENT...',
    purpose: 'show what statements prove and when to renew them',
    load: () => import('./commands/status.ts').then(({ status }) => status),
  },
  {
    name: 'export',
    operands: '--FORM STATEMENT',
    purpose: 'convert a statement for other tools',
    load: () => import('./commands/export.ts').then(({ exportStatement }) => exportStatement),
  },
  {
    name: 'page',
    operands: '[-o FILE]',
    purpose: 'write a web page that verifies statements',
    load: () => import('./commands/page.ts').then(({ page }) => page),
  },
  {
    name: 'inspect',
    operands: 'FILE...',
    purpose: 'show a statement or a recording field by field',
    load: () => import('./commands/inspect.ts').then(({ inspect }) => inspect),
  },
  {
    name: 'probe',
    operands: 'HOST[:PORT]',
    purpose: 'find out whether a server can be a witness',
    load: () => import('./commands/probe.ts').then(({ probe }) => probe),
  },
  {
    name: 'witnesses',
    operands: '[--probe]',
    purpose: 'list the built-in witnesses',
    load: () => import('./commands/witnesses.ts').then(({ witnesses }) => witnesses),
  },
  {
    name: 'handshake',
    operands: 'HOST[:PORT]',
    wholeUsage: 'HOST[:PORT] [--request GET|HEAD [PATH]]',
    purpose: 'show a complete handshake, message by message',
    load: () => import('./commands/handshake.ts').then(({ handshake }) => handshake),
  },
  {
    name: 'completion',
    operands: 'bash|zsh',
    purpose: 'print a completion script for a shell',
    load: () =>
      import('./commands/completion.ts').then(({ completionOf }) => completionOf(COMMANDS)),
  },
]

export const NAMES: readonly string[] = COMMANDS.map(({ name }) => name)

/** How the command is called, in one line. */
export function usageOf({ name, operands, wholeUsage = operands }: ListedCommand): string {
  return `tls-stamp ${name} ${wholeUsage}`
}
