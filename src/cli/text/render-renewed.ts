// What renewing came to, as text; pure.

import { address, instant, printable } from '../../encoding/index.ts'
import type { Report } from '../../verify/index.ts'
import { clockSentence, endsOf, methodsOf, newestChain } from '../../verify/index.ts'
import { keyOf } from '../../x509/index.ts'
import { paint } from '../terminal.ts'
import { row, writtenRow } from './report.ts'

/** What the statement proves as before, who renewed it, and until when that lasts. */
export function renderRenewed(
  report: Report,
  written: { readonly statement: string; readonly output: string; readonly size: number },
): string {
  const { witnesses, time } = newestChain(report)
  const [first] = endsOf(newestChain(report))
  const what = `${printable(written.statement)}, which as it was existed no later than`
  return [
    paint('bold', `renewed: ${what} ${instant(time.notAfter)}`),
    row('proves', `existed no later than ${instant(report.time.notAfter)}, as before`),
    row('renewals', `${report.renewals.length}`),
    ...witnesses.flatMap((witness) => [
      row(
        'witness',
        `${address(witness)}, ${witness.path[0] ? keyOf(witness.path[0]) : 'no key'}, ${methodsOf(witness)}`,
      ),
      row('clock', clockSentence(witness)),
    ]),
    ...(first ? [row('renew again', `before ${instant(first.end)}`)] : []),
    writtenRow(written.output, written.size),
  ].join('\n')
}
