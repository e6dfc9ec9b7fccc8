/**
 * A script of the shell around a program that starts ssh, which gets the program's command line as arguments. Where the program
 * has failed, it writes what ssh has said to its standard error. Restic passes on what ssh itself writes there, but often ends
 * before it has done so.
 *
 * Standard input and output are the program's, and so is a request to end (SIGTERM): restic then removes its locks.
 *
 * @param log path of the file that ssh writes to (`-E` of ssh)
 */
export function withSshLog(log: string): string {
  // The shell gives what runs beside it no input of its own. A signal ends the waiting before the program has ended.
  return `
    exec 3<&0
    "$@" <&3 3<&- &
    trap 'kill $! 2>/dev/null || true' TERM
    wait $! && code=0 || code=$?
    while kill -0 $! 2>/dev/null; do
      wait $! && code=0 || code=$?
    done
    if [ "$code" != 0 ] && [ -e ${log} ]; then
      cat ${log} >&2
    fi
    exit "$code"`;
}
