# Read by the flask command: where it finds the application.
FLASK_APP=manage:application
