// How to check the same without this page: digest, fingerprint, and commands that take nobody's word for it.

import { knownWitnesses, toHex, wording } from '../../index.ts'
import type { Judgement, Policy } from '../tasks.ts'
import { digits, element, section } from './element.ts'

/** Makes the section with the commands. */
export function renderCommands(judgement: Judgement): HTMLElement {
  const steps = stepsFor(judgement).map(({ title, command, result }) =>
    element(
      'li',
      {},
      element('p', {}, title),
      element('pre', { tabindex: 0, role: 'region', 'aria-label': title }, command),
      result !== undefined && element('p', { class: 'expected' }, 'expect ', digits(result)),
    ),
  )
  return section(
    'commands',
    'Check it without this page',
    element('ol', { class: 'commands' }, ...steps),
  )
}

interface Step {
  readonly title: string
  readonly command: string
  readonly result?: string
}

function stepsFor({ opened, judged, policy }: Judgement): readonly Step[] {
  const statement = quote(opened.name)
  const [first] = judged.subjects.shown
  const named = opened.kind === 'statement' && opened.subjects === 1 && first
  const file = named ? quote(first.name === '-' ? 'FILE' : first.name) : 'FILE'
  const own = policy.witnesses.length > 0 || policy.anchors.length > 0
  // A file that the reader has not given is not compared there either
  const isAlone = policy.statementOnly && judged.files.length === 0
  const options = [
    ...policy.witnesses.map((host) => `--witness ${quote(host)}`),
    ...(isAlone ? ['--statement-only'] : []),
    ...(policy.quorum === undefined ? [] : [`--quorum ${policy.quorum}`]),
    ...(policy.guards === undefined ? [] : [`--guards ${policy.guards}`]),
    ...(policy.window ? ['--window'] : []),
    ...(policy.anchors.length > 0 ? ['--ca CERTIFICATES'] : []),
  ].join(' ')
  const accepted = knownWitnesses.map(({ host }) => host).join(', ')
  return [
    ...opened.files.map(({ name, fingerprint }) => ({
      title: 'The statement that this report is about',
      command: `sha256sum ${quote(name)}`,
      result: fingerprint,
    })),
    ...(named
      ? [
          {
            title: 'The file that it speaks of',
            command: `sha256sum ${file}`,
            result: toHex(first.sha256),
          },
        ]
      : []),
    // The command line has no way to trust nobody
    ...(policy.builtIn || policy.anchors.length > 0
      ? [
          {
            title: `${own ? 'The same verdict on the command line' : `The same verdict on the command line, accepting ${accepted}`}${certificatesFor(policy)}`,
            command: [
              'tls-stamp verify',
              options,
              statement,
              isAlone || file === 'FILE' ? '' : file,
            ]
              .filter((part) => part !== '')
              .join(' '),
          },
        ]
      : []),
    ...(named && opened.isPlain
      ? [
          {
            title:
              'Digest, signatures, chain and clock with openssl alone, by the script that comes with tls-stamp',
            command: `sh examples/verify-with-openssl.sh ${policy.window ? '--window ' : ''}${statement} ${file}`,
          },
        ]
      : []),
  ]
}

/** Says what CERTIFICATES holds: on the command line one's own take the place of the built-in ones. */
function certificatesFor({ anchors, builtIn }: Policy): string {
  if (anchors.length === 0) return ''
  return builtIn
    ? '; CERTIFICATES holds your own and those of Mozilla’s list, whose place --ca takes'
    : '; CERTIFICATES holds your own'
}

/** Quotes a name for sh; one that can't be shown as it is stays out. */
function quote(name: string): string {
  if (name === '' || wording.printable(name) !== name) return 'FILE'
  const plain = name.startsWith('-') ? `./${name}` : name
  return /^[\w./:@%+,-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`
}
