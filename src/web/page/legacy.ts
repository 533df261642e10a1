// What an old statement holds, for anyone who still has one.

import { type OldStatementDescription, toHex, wording } from '../../index.ts'
import { digits, rowsOf, section } from './element.ts'

/** Makes the section beneath an old statement's verdict. */
export function renderOld(description: OldStatementDescription): HTMLElement {
  const { form, message, text, serverTime, scheme, group, params, signature } = description
  return section(
    'old',
    `In the ${form} file`,
    rowsOf([
      ['client_random', digits(toHex(message))],
      ...(text === null ? [] : [['as text', wording.printable(text)] as const]),
      ['server_random', digits(toHex(description.serverRandom))],
      ['server time', `${wording.instant(serverTime)} (a claim)`],
      ['params', `${group}, ${wording.counted(params.length, 'byte')}`],
      [
        'signature',
        `${scheme === null ? 'does not verify' : `verifies as ${scheme}`}, ${wording.counted(signature.length, 'byte')}`,
      ],
    ]),
  )
}
