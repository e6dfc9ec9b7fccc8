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
  // The shell gives what runs beside it no input of its own. The trap is set first: a signal may come before the program is known,
  // or while it is waited for. Such a wait ends with the code of the signal, so it is repeated until none has come during it.
  return `
    exec 3<&0
    asked= program=
    trap 'asked=x$asked; [ -z "$program" ] || kill "$program" 2>/dev/null || true' TERM
    "$@" <&3 3<&- &
    program=$!
    [ -z "$asked" ] || kill "$program" 2>/dev/null || true
    while :; do
      before=$asked
      wait "$program" && code=0 || code=$?
      [ "$asked" != "$before" ] || break
    done
    if [ "$code" != 0 ] && [ -e ${log} ]; then
      cat ${log} >&2
    fi
    exit "$code"`;
}
