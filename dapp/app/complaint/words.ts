// Words for what comes as names from the chain.
import type { Translate } from '../time/format'

/** Classes that have words of their own; the chain may have others. */
const CLASSES = ['fuse', 'overhead-line', 'underground-cable', 'transformer', 'scheduled-outage']

/** A class of complaint in words; by its own name where it has none. */
export const classWords = (kind: string, t: Translate): string =>
  CLASSES.includes(kind) ? t(`complaint.class.${kind}`) : t('complaint.class.other', { kind })
