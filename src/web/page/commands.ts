// How to verify the same without this page: digests, and commands that need nobody's word.

import { knownWitnesses, toHex, wording } from '../../index.ts'
import type { Judgement, Policy } from '../tasks.ts'
import { actionButton, byId, digits, element, saveFile, section } from './element.ts'

/** Makes the section with the commands. */
export function renderCommands(judgement: Judgement): HTMLElement {
  const steps = stepsFor(judgement).map(({ title, command, result, needs }) =>
    element(
      'li',
      {},
      element('p', {}, title),
      needs,
      element('pre', {}, command),
      result !== undefined && element('p', { class: 'expected' }, 'expected: ', digits(result)),
    ),
  )
  return section(
    'commands',
    'Verify it without this page',
    element('ol', { class: 'commands' }, ...steps),
  )
}

interface Step {
  readonly title: string
  readonly command: string
  readonly result?: string
  /** What the reader has to have first. */
  readonly needs?: HTMLElement
}

function stepsFor(judgement: Judgement): readonly Step[] {
  const { opened, judged } = judgement
  const { shown, total } = judged.subjects
  const isOnly = opened.kind === 'statement' && total === 1
  // Of several, one that the reader has
  const subject = isOnly ? shown[0] : shown.find(({ matched }) => matched)
  const file = subject === undefined ? 'FILE' : quote(subject.name === '-' ? '' : subject.name)
  return [
    ...opened.files.map(({ name, fingerprint }) => ({
      title: 'The SHA-256 digest of the statement',
      command: `sha256sum ${quote(name)}`,
      result: fingerprint,
    })),
    ...(subject === undefined
      ? []
      : [
          {
            title: isOnly
              ? 'The SHA-256 digest of the file it covers'
              : 'The SHA-256 digest of one of the files it covers',
            command: `sha256sum ${file}`,
            result: toHex(subject.sha256),
          },
        ]),
    ...commandLineSteps(judgement, isOnly && file !== 'FILE' ? file : ''),
    ...(opened.kind === 'statement' && opened.isPlain ? [scriptStep(judgement, file)] : []),
  ]
}

/** Gives the same judgement by tls-stamp; none when nobody is trusted, which the command line cannot do. */
function commandLineSteps({ opened, judged, policy }: Judgement, file: string): readonly Step[] {
  if (!policy.builtIn && policy.anchors.length === 0) return []
  // A file that the reader has not given is not compared there either
  const isAlone = policy.statementOnly && judged.files.length === 0
  const options = [
    ...policy.witnesses.map((host) => `--witness ${quote(host)}`),
    ...(isAlone ? ['--statement-only'] : []),
    ...(policy.quorum === undefined ? [] : [`--quorum ${policy.quorum}`]),
    ...(policy.guards === undefined ? [] : [`--guards ${policy.guards}`]),
    ...(policy.window ? ['--window'] : []),
    ...(policy.anchors.length > 0 ? ['--ca CERTIFICATES'] : []),
  ]
  const isOwn = policy.witnesses.length > 0 || policy.anchors.length > 0
  const accepted = knownWitnesses.map(({ host }) => host).join(', ')
  const title = `The same verdict from tls-stamp${isOwn ? '' : `, which accepts ${accepted} by default`}${certificatesFor(policy)}`
  const words = ['tls-stamp verify', ...options, quote(opened.name), isAlone ? '' : file]
  return [{ title, command: words.filter((word) => word !== '').join(' ') }]
}

/** Has the reader save the script, which this page holds, and run it: a shell, openssl and the usual tools are enough. */
function scriptStep({ opened, policy }: Judgement, file: string): Step {
  const save = actionButton('save-script', `Save ${SCRIPT}`, () => {
    saveFile(SCRIPT, 'text/x-shellscript', byId('verify-with-openssl').textContent ?? '')
  })
  return {
    title:
      'Digest, signatures, chain and clock, checked by a shell script that needs only openssl: save the script beside the statement, read it, then run it',
    command: `sh ${SCRIPT} ${policy.window ? '--window ' : ''}${quote(opened.name)} ${file}`,
    needs: element(
      'p',
      {},
      save,
      element(
        'span',
        { class: 'on-paper' },
        `The page that made this report can save ${SCRIPT}; the script also comes with tls-stamp, in its examples folder.`,
      ),
    ),
  }
}

/** Says what CERTIFICATES holds: on the command line one's own take the place of the built-in ones. */
function certificatesFor({ anchors, builtIn }: Policy): string {
  if (anchors.length === 0) return ''
  return builtIn
    ? '; the file CERTIFICATES must hold Mozilla’s list as well as your own certificates, because --ca replaces the list'
    : '; the file CERTIFICATES holds your own certificates'
}

/** Quotes a name for sh; one that can't be shown as it is stays out. */
function quote(name: string): string {
  if (name === '' || wording.printable(name) !== name) return 'FILE'
  const plain = name.startsWith('-') ? `./${name}` : name
  return /^[\w./:@%+,-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`
}

/** The file that the reader saves; its own hints go by this name. */
const SCRIPT = 'verify-with-openssl.sh'
