// Chains of rounds made over the network, and judged before they are handed out.

export type { OldVersion, SigningOptions, WitnessAddress } from './plan.ts'
export type { DroppedWitness } from './roster.ts'
export {
  type Created,
  type CreateOptions,
  createStatement,
  renewStatement,
} from './sign.ts'
