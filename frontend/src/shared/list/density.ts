import { ref, watch } from 'vue'

/** Row height for all lists on this computer: 36 for those who work in them all day, 44 for the others. */
export const density = ref<'compact' | 'standard'>(localStorage.getItem('tc.density') === 'standard' ? 'standard' : 'compact')
watch(density, (d) => localStorage.setItem('tc.density', d))
