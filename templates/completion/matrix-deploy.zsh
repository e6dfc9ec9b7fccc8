#compdef matrix-deploy
# Completion of matrix-deploy in zsh: source <(matrix-deploy completion zsh), after compinit
_matrix_deploy() {
  local -a lines candidates
  local each
  lines=("${(@f)$(exec timeout -s KILL 2 matrix-deploy complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case $lines[1] in
    files) _files ;;
    directories) _files -/ ;;
    *)
      for each in "${(@)lines[2,-1]}"; do
        # A colon parts a candidate from what it means.
        candidates+=("${${each%%$'\t'*}//:/\\:}:${each#*$'\t'}")
      done
      _describe matrix-deploy candidates
      ;;
  esac
}
# Called at once where zsh itself has loaded this file to complete with it.
if [[ $funcstack[1] == _matrix_deploy ]]; then
  _matrix_deploy "$@"
else
  compdef _matrix_deploy matrix-deploy
fi
