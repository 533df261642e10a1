// Chains of rounds made over the network, and judged before they are handed out.

export type { OldVersion, SigningOptions, WitnessAddress } from './plan.ts'
export {
  type Created,
  type CreateOptions,
  createStatement,
  type DroppedWitness,
  renewStatement,
} from './sign.ts'
