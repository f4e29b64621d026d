export { api, forgetAnswers, http, setCsrf, unwrap, upload, whenSessionLost } from './client'
export { download, fileNameOf } from './download'
export { asProblem, Problem, problemOf, sayProblem, type FieldError } from './problem'
export { pollDelay, usePoll } from './poll'
