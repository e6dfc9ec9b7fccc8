# Completion of matrix-deploy in fish: matrix-deploy completion fish | source
function __matrix_deploy_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l lines (timeout -s KILL 2 matrix-deploy complete -- $words[2..] "$current" 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$current"
        case directories
            __fish_complete_directories "$current"
        case '*'
            printf '%s\n' $lines[2..]
    end
end
complete --command matrix-deploy --no-files --arguments '(__matrix_deploy_complete)'
