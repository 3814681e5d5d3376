/** Every generated value comes from the seed that was printed. */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['FC_SEED']) })
