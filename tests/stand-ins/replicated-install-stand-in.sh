#!/bin/bash
# A stand-in for Replicated's install scripts in tests: this is NOT Replicated's.
# It takes arguments the same way, asks the same things, has the same traps, and
# leaves the same files behind; nothing is installed.
#
# @KIND@ is docker or operator; @TRAP@ is one of:
#   none      installs
#   deaf      does not look at private-address
#   newer     finds Docker too new, asks, and ends with 0 without an answer
#   half      fails after it has written half of its files
#   silent    ends with 0 and has done nothing
#   drop      does not start its containers
set -e
REPLICATED_VERSION="2.56.11"
PINNED_DOCKER_VERSION="24.0.2"
KIND=@KIND@
TRAP=@TRAP@
CONFDIR=/etc/default
PRIVATE_ADDRESS=
PUBLIC_ADDRESS=
DAEMON_ENDPOINT=
DAEMON_TOKEN=

ask() {
    # No terminal, no answer: the status is not looked at, as in the original.
    set +e
    read -r REPLY </dev/tty
    set -e
}

is_docker_installed() {
    ps aux | grep -q '[d]ockerd'
}

conf_value() {
    CONF_VALUE=
    if [ -f /etc/replicated.conf ]; then
        CONF_VALUE=$(grep -o "\"$1\":\s*\"[^\"]*" /etc/replicated.conf | sed "s/\"$1\":\s*\"//") || true
    fi
}

choose_interface() {
    printf 'Please choose one of the following network interfaces:\n'
    while true; do
        printf 'Enter desired number (0-2): '
        ask
        if [ "$REPLY" = 0 ]; then return; fi
    done
}

_dist="$(. /etc/os-release && echo "$ID")"
case "$_dist" in
    ubuntu)
        ;;
    debian)
        ;;
    *)
        echo >&2 "That is an unsupported distribution."
        exit 1
        ;;
esac

mkdir -p /var/lib/replicated/branding
if [ "$KIND" = operator ] && [ -f $CONFDIR/replicated-operator ]; then
    . $CONFDIR/replicated-operator
fi
printf '%s\n' "$@" >/var/lib/replicated/arguments

while [ "$1" != "" ]; do
    _param="$(echo "$1" | cut -d= -f1)"
    _value="$(echo "$1" | grep '=' | cut -d= -f2-)"
    case $_param in
        http-proxy|http_proxy)
            PROXY_ADDRESS="$_value"
            ;;
        local-address|local_address|private-address|private_address)
            PRIVATE_ADDRESS="$_value"
            ;;
        public-address|public_address)
            PUBLIC_ADDRESS="$_value"
            ;;
        no-public-address|no_public_address)
            NO_PUBLIC_ADDRESS=1
            ;;
        no-proxy|no_proxy)
            NO_PROXY=1
            ;;
        no-docker|no_docker)
            SKIP_DOCKER_INSTALL=1
            ;;
        airgap)
            AIRGAP=1
            ;;
        tags)
            OPERATOR_TAGS="$_value"
            ;;
        daemon-token|daemon_token)
            DAEMON_TOKEN="$_value"
            ;;
        @OWN_PARAMETERS@
        skip-preflights|skip_preflights)
            SKIP_PREFLIGHTS=1
            ;;
        fast-timeouts|fast_timeouts)
            READ_TIMEOUT="-t 1"
            ;;
        *)
            echo >&2 "Error: unknown parameter \"$_param\""
            exit 1
            ;;
    esac
    shift
done

printf 'Determining local address\n'
if [ "$TRAP" = deaf ]; then PRIVATE_ADDRESS=; fi
if [ -z "$PRIVATE_ADDRESS" ]; then
    conf_value LocalAddress
    if [ "$CONF_VALUE" = 10.92.0.1 ]; then PRIVATE_ADDRESS=$CONF_VALUE; else choose_interface; fi
fi
if [ -z "$PUBLIC_ADDRESS" ] && [ "$NO_PUBLIC_ADDRESS" != 1 ]; then
    printf 'Service IP address: '
    ask
fi
if [ "$NO_PROXY" != 1 ] && [ -z "$PROXY_ADDRESS" ]; then
    printf 'Does this machine require a proxy to access the Internet? (y/N) '
    ask
fi
if ! is_docker_installed; then
    echo >&2 'Docker is not installed. Please install Docker before proceeding.'
    exit 127
fi
if [ "$TRAP" = newer ]; then
    printf 'The installed version of Docker (28.0.1) may not be compatible with this installer.\n'
    printf 'Do you want to proceed anyway? (y/N) '
    ask
    exit 0
fi
if [ "$TRAP" = silent ]; then exit 0; fi
if [ -f /etc/replicated.conf ]; then chmod a+r /etc/replicated.conf; fi
if [ "$AIRGAP" = 1 ]; then cat replicated.tar >/dev/null; fi

if [ "$KIND" = operator ]; then
    while [ -z "$DAEMON_ENDPOINT" ]; do printf 'Daemon Address: '; ask; done
    while [ -z "$DAEMON_TOKEN" ]; do printf 'Secret Token: '; ask; done
    services=replicated-operator
else
    DAEMON_TOKEN=made-by-the-script-canary
    services='replicated replicated-ui replicated-operator'
fi
mkdir -p $CONFDIR
if [ "$KIND" = docker ]; then
    cat >$CONFDIR/replicated <<-CONF
PRIVATE_ADDRESS=$PRIVATE_ADDRESS
REPLICATED_OPTS=" -e DAEMON_TOKEN=$DAEMON_TOKEN"
CONF
fi
if [ "$TRAP" = half ]; then
    echo >&2 'Error response from daemon: no such host'
    exit 1
fi
cat >$CONFDIR/replicated-operator <<-CONF
DAEMON_ENDPOINT=${DAEMON_ENDPOINT:-$PRIVATE_ADDRESS:9879}
DAEMON_TOKEN=$DAEMON_TOKEN
PRIVATE_ADDRESS=$PRIVATE_ADDRESS
CONF
for service in $services; do
    printf '[Unit]\nDescription=%s\n' "$service" >/etc/systemd/system/$service.service
    if [ "$TRAP" != drop ]; then echo "$service" >>/run/stand-in-containers; fi
done
printf '\033[0;32mReplicated secret token: %s\033[0m\n' "$DAEMON_TOKEN"
printf 'To continue the installation, visit the following URL in your browser:\n'
exit 0
