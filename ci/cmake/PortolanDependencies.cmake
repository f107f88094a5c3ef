# Everything comes from Debian; ci/packages.txt lists the packages.
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json REQUIRED)
# As an archive, so that sdp-lint can be one file that needs no library to start.
set(Boost_USE_STATIC_LIBS ON)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(GLIB REQUIRED IMPORTED_TARGET glib-2.0 gobject-2.0 gio-2.0)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls)
pkg_check_modules(NICE REQUIRED IMPORTED_TARGET nice)
