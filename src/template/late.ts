// Loads what renders with the first template: it is large, with all the libraries of its functions, and few objects have templates.

/** What renders one template. Rejects where the file cannot be loaded, which Node remembers for the life of the process. */
export const loadRenderer = () => import('./render.ts');

/** What renders several that call each other. Rejects as `loadRenderer`. */
export const loadTemplateSet = () => import('./set.ts');
