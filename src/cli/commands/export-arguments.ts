// Arguments of export as typed, made into what it takes, or refused.

import { operands, type Typed, text } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { ExportArguments, ExportForm } from './export.ts'

export function exportArguments(typed: Typed): ExportArguments {
  const [statement, ...others] = operands(typed)
  const names = FORMS.filter((name) => typed[name] !== undefined)
  const [name] = names
  if (statement === undefined || others.length > 0 || name === undefined || names.length > 1) {
    const forms = 'one of --toytls PATH, --in-toto and --certificates'
    throw new UsageError(`expected ${forms}, and STATEMENT`, ['see tls-stamp export --help'])
  }
  const form = exportForm(name, typed)
  const json = Boolean(typed.json)
  if (json && 'output' in form && form.output === undefined) {
    throw new UsageError(`expected --json with --${name} only when -o says where to write`)
  }
  return { statement, form, force: Boolean(typed.force), json }
}

function exportForm(name: ExportForm['name'], typed: Typed): ExportForm {
  for (const option of ['output', 'ca'] as const) {
    if (typed[option] !== undefined && !OPTIONS[name].includes(option))
      throw new UsageError(`--${option} is not for --${name}`)
  }
  if (name === 'toytls') return { name, path: text(typed, name, `--${name}`) }
  const written = text(typed, 'output', '--output', '-')
  const output = written === '-' ? undefined : written
  if (name === 'in-toto') return { name, output }
  return { name, output, ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca') }
}

const OPTIONS: Readonly<Record<ExportForm['name'], readonly string[]>> = {
  toytls: [],
  'in-toto': ['output'],
  certificates: ['output', 'ca'],
}

const FORMS: readonly ExportForm['name'][] = ['toytls', 'in-toto', 'certificates']
