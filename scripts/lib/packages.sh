# shellcheck shell=bash disable=SC2034
# The Debian packages of the project, by use. `scripts/install` asks apt only for those that are missing.

# to build the C programs
PACKAGES_BUILD=(
    make gcc libc6-dev pkg-config
    libfcgi-dev libmariadb-dev libhiredis-dev libjansson-dev libjwt-dev libsodium-dev libzip-dev
    libexpat1-dev libxml2-dev libxlsxwriter-dev libpcre2-dev libzstd-dev libmagic-dev libssl-dev libcurl4-openssl-dev
)

# to run the platform; nginx-light has every module that nginx/*.conf.in uses
PACKAGES_RUN=(
    mariadb-server mariadb-client redis-server nginx-light
    ca-certificates curl util-linux procps tzdata
)

# to test it
PACKAGES_TEST=(libcmocka-dev libfreexl-dev chromium fonts-noto-cjk nmap libasan8 libubsan1)

# to read it over
PACKAGES_LINT=(clang-format clang-tidy shellcheck)

# to measure it: the PHP peer of make bench (the Node peer's packages come by npm)
PACKAGES_BENCH=(php8.2-fpm php8.2-mysql php8.2-opcache php-redis php-apcu)
